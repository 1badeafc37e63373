internal import Access
internal import Values

/// Reads a workflow from JSON, and refuses what it doesn't know: a member nobody reads would be a rule nobody keeps.
struct WorkflowFile {
    private(set) var workflow = Workflow(
        name: "", states: [], transitions: [], approvals: [], rules: [], voids: [], checks: [], items: [])
    /// What is wrong, a sentence each.
    private(set) var faults: [String] = []

    init(_ document: JSON) {
        members(
            of: document, at: "the file",
            allowed: ["name", "description", "states", "transitions", "policies", "voids", "checklists"])
        workflow.name = text(document["name"], at: "name") ?? ""
        workflow.states = texts(document["states"], at: "states").map(Article.Status.init(rawValue:))
        for (index, item) in array(document["transitions"], at: "transitions").enumerated() {
            transition(item, at: "transitions[\(index)]")
        }
        for (index, item) in array(document["policies"], at: "policies").enumerated() {
            policy(item, at: "policies[\(index)]")
        }
        voids(document["voids"])
        for (name, list) in (document["checklists"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            for (index, entry) in array(list, at: "checklists.\(name)").enumerated() {
                item(entry, of: name, at: "checklists.\(name)[\(index)]")
            }
        }
    }

    private mutating func transition(_ json: JSON, at place: String) {
        members(of: json, at: place, allowed: ["action", "from", "to", "permission", "roles", "sections"])
        guard let step = text(json["action"], at: "\(place).action"), let to = text(json["to"], at: "\(place).to")
        else {
            return
        }
        let permission = json["permission"].flatMap { text($0, at: "\(place).permission") }
        let roles = json["roles"].map { texts($0, at: "\(place).roles").sorted() }
        let sections = json["sections"].map { slugs($0, at: "\(place).sections") }
        for from in texts(json["from"], at: "\(place).from") {
            workflow.transitions.append(
                Workflow.Transition(
                    from: Article.Status(rawValue: from), to: Article.Status(rawValue: to),
                    step: Article.Step(rawValue: step), permission: permission.map(Permission.init(rawValue:)),
                    roles: roles, sections: sections))
        }
    }

    private mutating func policy(_ json: JSON, at place: String) {
        members(
            of: json, at: place,
            allowed: [
                "section", "kind", "risk", "approvals", "fourEye", "people", "byLink", "minorEdits", "checklists",
                "noticeMinutes", "disclosure",
            ])
        let target = Workflow.Place(
            section: json["section"].flatMap { slugs([$0], at: "\(place).section").first },
            kind: json["kind"].flatMap { word($0, at: "\(place).kind", of: Article.Kind.self) },
            risk: json["risk"].flatMap { word($0, at: "\(place).risk", of: Article.Risk.self) })
        let isApart = flag(json["fourEye"], at: "\(place).fourEye") ?? true
        let byLink = Set(kinds(json["byLink"] ?? [], at: "\(place).byLink"))
        let minor = Set(kinds(json["minorEdits"] ?? [], at: "\(place).minorEdits"))
        let approvals = json["approvals"]?.object ?? [:]
        if approvals.isEmpty, json["approvals"] != nil, json["approvals"] != .object([:]) {
            faults.append("\(place).approvals isn't an object of kinds and numbers.")
        }
        for (name, count) in approvals.sorted(by: { $0.key < $1.key }) {
            guard let kind = word(.string(name), at: "\(place).approvals", of: ApprovalKind.self),
                let needed = number(count, at: "\(place).approvals.\(name)", in: 0...20)
            else { continue }
            workflow.approvals.append(
                Workflow.ApprovalRule(
                    place: target, kind: kind, needed: needed, isApart: isApart, countsByLink: byLink.contains(kind),
                    survivesMinorEdits: minor.contains(kind)))
        }
        for kind in byLink.union(minor) where approvals[kind.rawValue] == nil {
            faults.append("\(place) says of '\(kind.rawValue)' how it counts, but doesn't ask for it.")
        }
        let rule = Workflow.Rule(
            place: target, people: number(json["people"] ?? 0, at: "\(place).people", in: 0...20) ?? 0,
            noticeMinutes: number(json["noticeMinutes"] ?? 0, at: "\(place).noticeMinutes", in: 0...525_600) ?? 0,
            wantsDisclosure: flag(json["disclosure"], at: "\(place).disclosure") ?? false)
        if rule.people > 0 || rule.noticeMinutes > 0 || rule.wantsDisclosure { workflow.rules.append(rule) }
        workflow.checks += texts(json["checklists"] ?? [], at: "\(place).checklists").map {
            Workflow.Check(place: target, checklist: $0)
        }
    }

    private mutating func voids(_ json: JSON?) {
        members(of: json ?? .null, at: "voids", allowed: Set(ContentClass.allCases.map(\.rawValue)))
        for change in ContentClass.allCases {
            guard let list = json?[change.rawValue] else {
                faults.append("voids.\(change.rawValue) is missing; an empty list voids nothing.")
                continue
            }
            workflow.voids += kinds(list, at: "voids.\(change.rawValue)").map {
                Workflow.Void(change: change, kind: $0)
            }
        }
    }

    private mutating func item(_ json: JSON, of checklist: String, at place: String) {
        members(of: json, at: place, allowed: ["item", "text", "perText", "permission"])
        guard let name = text(json["item"], at: "\(place).item"), let words = text(json["text"], at: "\(place).text")
        else { return }
        workflow.items.append(
            Workflow.Item(
                checklist: checklist, item: name, text: words,
                isOfText: flag(json["perText"], at: "\(place).perText") ?? true,
                permission: json["permission"].flatMap { text($0, at: "\(place).permission") }.map(
                    Permission.init(rawValue:))))
    }
}

// MARK: Values

extension WorkflowFile {
    private mutating func members(of json: JSON, at place: String, allowed: Set<String>) {
        guard let object = json.object else {
            faults.append("\(place) isn't an object.")
            return
        }
        for key in object.keys.sorted() where !allowed.contains(key) {
            faults.append("\(place) has a member '\(key)' that nothing reads.")
        }
    }

    private mutating func array(_ json: JSON?, at place: String) -> [JSON] {
        guard let array = json?.array else {
            faults.append("\(place) isn't a list.")
            return []
        }
        return array
    }

    private mutating func text(_ json: JSON?, at place: String) -> String? {
        guard let text = json?.string, text.contains(where: { !$0.isWhitespace }), text.utf8.count <= 1_000 else {
            faults.append("\(place) isn't a text of 1 to 1000 bytes.")
            return nil
        }
        return text
    }

    private mutating func texts(_ json: JSON?, at place: String) -> [String] {
        array(json, at: place).enumerated().compactMap { text($1, at: "\(place)[\($0)]") }
    }

    private mutating func slugs(_ json: JSON, at place: String) -> [Slug] {
        texts(json, at: place).compactMap { name in
            do throws(ValueError) { return try Slug(name) } catch {
                faults.append("\(place): '\(name)' is no slug, \(error.reason).")
                return nil
            }
        }.sorted()
    }

    private mutating func flag(_ json: JSON?, at place: String) -> Bool? {
        guard let json else { return nil }
        if json.bool == nil { faults.append("\(place) is neither true nor false.") }
        return json.bool
    }

    private mutating func number(_ json: JSON, at place: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = json.integer, let whole = Int(exactly: number), range.contains(whole) else {
            faults.append("\(place) isn't a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return whole
    }

    private mutating func word<W: RawRepresentable & CaseIterable>(_ json: JSON, at place: String, of: W.Type) -> W?
    where W.RawValue == String {
        if let word = json.string.flatMap(W.init(rawValue:)) { return word }
        let found = json.string.map { "'\($0)'" } ?? "not a word"
        faults.append("\(place) is \(found); it is one of: \(W.allCases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }

    private mutating func kinds(_ json: JSON, at place: String) -> [ApprovalKind] {
        array(json, at: place).compactMap { word($0, at: place, of: ApprovalKind.self) }
    }
}
