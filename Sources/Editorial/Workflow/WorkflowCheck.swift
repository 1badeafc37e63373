internal import Access
internal import Values

/// What can be said against a workflow before anybody works by it.
struct WorkflowCheck {
    /// What the house has, for names in the file to mean something.
    struct House: Sendable {
        var permissions: Set<String>
        var roles: Set<String>
        var sections: Set<String>
        /// Permission by permission: roles that hold it.
        var rolesWith: [String: [String]]
        /// Permission by permission: how many active accounts could use it, everywhere and by section.
        var accountsWith: [String: [String?: Int]]
        var authors: Int
    }

    private(set) var faults: [String] = []
    private(set) var warnings: [String] = []
    private let workflow: Workflow
    private let house: House

    init(_ workflow: Workflow, in house: House) {
        self.workflow = workflow
        self.house = house
        states()
        steps()
        ways()
        policies()
        checklists()
    }

    /// The states that the program's actions lead to, by the action; `resume` leads back to where it was held.
    private static let targets: [Article.Step: Article.Status] = [
        .assign: .assigned, .decline: .declined, .reopen: .pitch, .save: .drafting, .submit: .inReview,
        .changes: .drafting, .approve: .approved, .recheck: .inReview, .publish: .published, .schedule: .scheduled,
        .unschedule: .approved, .fail: .scheduleFailed, .hold: .onHold, .kill: .killed, .revive: .drafting,
    ]
    /// Where work may stop.
    private static let ends: Set<Article.Status> = [.published, .declined, .killed]
    /// Reached only through what they stand for: approvals, a release, an hour, a reason.
    private static let guarded: Set<Article.Status> = [
        .approved, .scheduled, .published, .declined, .onHold, .killed, .scheduleFailed,
    ]

    private mutating func states() {
        for state in Article.Status.known where !workflow.states.contains(state) {
            faults.append("The state '\(state.rawValue)' is missing.")
        }
        var seen: Set<Article.Status> = []
        for state in workflow.states {
            if !seen.insert(state).inserted { faults.append("The state '\(state.rawValue)' is there twice.") }
            if state.rawValue.utf8.count > 50
                || !state.rawValue.utf8.allSatisfy({ (97...122).contains($0) || $0 == UInt8(ascii: "_") })
            {
                faults.append("'\(state.rawValue)' is no name of a state: small letters and '_'.")
            }
        }
    }

    private mutating func steps() {
        var seen: Set<String> = []
        for step in workflow.transitions {
            let name = "'\(step.from.rawValue)' to '\(step.to.rawValue)' by '\(step.step.rawValue)'"
            if !seen.insert(name).inserted { faults.append("The step from \(name) is there twice.") }
            for state in [step.from, step.to] where !workflow.states.contains(state) {
                faults.append("The step from \(name) names a state that isn't there: '\(state.rawValue)'.")
            }
            if let target = Self.targets[step.step] {
                if target != step.to {
                    faults.append("The step from \(name) is wrong: that action leads to '\(target.rawValue)'.")
                }
            } else if step.step == .advance {
                if step.permission == nil { faults.append("The step from \(name) needs a permission.") }
                if Self.guarded.contains(step.to) {
                    faults.append("The step from \(name) is wrong: nobody comes there by 'advance'.")
                }
            } else if step.step != .resume {
                faults.append("The step from \(name) names an action that isn't there.")
            }
            permission(step.permission, of: "The step from \(name)")
            for role in step.roles ?? [] where !house.roles.contains(role) {
                faults.append("The step from \(name) names a role that isn't there: '\(role)'.")
            }
            for section in step.sections ?? [] where !house.sections.contains(section.text) {
                faults.append("The step from \(name) names a section that isn't there: '\(section)'.")
            }
        }
    }

    private mutating func permission(_ permission: Permission?, of what: String) {
        guard let permission, !house.permissions.contains(permission.rawValue) else { return }
        faults.append("\(what) names a permission no role has: '\(permission)'.")
    }

    /// Everything is reached from a pitch, and everything leads to an end.
    private mutating func ways() {
        let onward = Dictionary(grouping: workflow.transitions, by: \.from).mapValues { $0.map(\.to) }
        let back = Dictionary(grouping: workflow.transitions, by: \.to).mapValues { $0.map(\.from) }
        let reached = Self.spread(from: [.pitch], along: onward)
        let ending = Self.spread(from: Self.ends, along: back)
        for state in workflow.states {
            if !reached.contains(state) {
                faults.append("The state '\(state.rawValue)' is never reached from a pitch.")
            }
            if onward[state, default: []].isEmpty, !Self.ends.contains(state) {
                faults.append("The state '\(state.rawValue)' is a dead end: no step leads on.")
            } else if !ending.contains(state) {
                faults.append("From the state '\(state.rawValue)' no way leads to an end of the work.")
            }
        }
        for step in workflow.transitions where step.step == .hold {
            let home: Article.Status = [.scheduled, .scheduleFailed].contains(step.from) ? .approved : step.from
            let comesBack = workflow.transitions.contains { $0.step == .resume && $0.to == home }
            if !comesBack { faults.append("What is held from '\(step.from.rawValue)' can't come back: no 'resume'.") }
        }
    }

    private static func spread(
        from start: Set<Article.Status>, along ways: [Article.Status: [Article.Status]]
    ) -> Set<Article.Status> {
        var seen = start
        var open = Array(start)
        while let state = open.popLast() {
            for next in ways[state, default: []] where seen.insert(next).inserted { open.append(next) }
        }
        return seen
    }

    private mutating func policies() {
        if !workflow.approvals.contains(where: \.place.isEverywhere) {
            warnings.append("No policy is for all articles: those that none matches can't go out.")
        }
        let places = workflow.approvals.map(\.place) + workflow.rules.map(\.place) + workflow.checks.map(\.place)
        for section in Set(places.compactMap(\.section)).sorted() where !house.sections.contains(section.text) {
            faults.append("A policy names a section that isn't there: '\(section)'.")
        }
        var seen: Set<String> = []
        for rule in workflow.approvals {
            let name = "\(rule.kind.rawValue) for \(rule.place.line)"
            if !seen.insert(name).inserted { faults.append("The policy says twice how many '\(name)' it wants.") }
            if rule.kind == .author || rule.needed == 0 { continue }
            let permission = "approval.\(rule.kind.rawValue)"
            guard let roles = house.rolesWith[permission], !roles.isEmpty else {
                faults.append("The policy wants '\(name)', which no role may give.")
                continue
            }
            let accounts = house.accountsWith[permission] ?? [:]
            let able =
                rule.place.section.map { accounts[nil, default: 0] + accounts[$0.text, default: 0] }
                ?? accounts.values.reduce(0, +)
            if able < rule.needed {
                warnings.append(
                    "The policy wants \(rule.needed) of '\(name)'; accounts that could give it: \(able). Roles: "
                        + roles.joined(separator: " ") + ".")
            }
        }
        let editors = (house.accountsWith["approval.edit"] ?? [:]).values.reduce(0, +)
        for rule in workflow.rules where rule.people > editors + house.authors {
            warnings.append(
                "The policy wants \(rule.people) people; accounts that could say yes: \(editors + house.authors).")
        }
    }

    private mutating func checklists() {
        let names = Set(workflow.items.map(\.checklist))
        for check in workflow.checks where !names.contains(check.checklist) {
            faults.append("A policy names a checklist that isn't there: '\(check.checklist)'.")
        }
        for name in names.sorted() where !workflow.checks.contains(where: { $0.checklist == name }) {
            warnings.append("No policy asks for the checklist '\(name)'.")
        }
        var seen: Set<String> = []
        for item in workflow.items {
            for name in [item.checklist, item.item] where !Self.isName(name) {
                faults.append("'\(name)' is no name of a checklist or of its item: small letters, digits, '-'.")
            }
            if !seen.insert("\(item.checklist)/\(item.item)").inserted {
                faults.append("The item '\(item.item)' is twice in the checklist '\(item.checklist)'.")
            }
            permission(item.permission, of: "The item '\(item.item)'")
        }
    }

    private static func isName(_ text: String) -> Bool {
        let parts = text.utf8.split(omittingEmptySubsequences: false) { $0 == 0x2D || $0 == 0x5F }
        return text.utf8.count <= 100
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
            }
    }
}
