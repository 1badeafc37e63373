public import Access
public import Values

/// How work goes through the house: states, steps, what has to be there before a text goes out. Data, in versions: an
/// article keeps the version it began on.
public struct Workflow: Sendable, Equatable {
    public var name: String
    /// In the order a person would list them.
    public var states: [Article.Status]
    public var transitions: [Transition]
    public var approvals: [ApprovalRule]
    public var rules: [Rule]
    public var voids: [Void]
    public var checks: [Check]
    public var items: [Item]

    /// One step: from where to where, by what, and who may.
    public struct Transition: Sendable, Equatable {
        public let from: Article.Status
        public let to: Article.Status
        public let step: Article.Step
        /// Besides the action's own rule; nil for no more than that.
        public let permission: Permission?
        public let roles: [String]?
        public let sections: [Slug]?
    }

    /// Which articles a policy is for; nil for all.
    public struct Place: Sendable, Hashable {
        public let section: Slug?
        public let kind: Article.Kind?
        public let risk: Article.Risk?

        var isEverywhere: Bool { section == nil && kind == nil && risk == nil }
    }

    public struct ApprovalRule: Sendable, Equatable {
        public let place: Place
        public let kind: ApprovalKind
        public let needed: Int
        /// By somebody who neither saved the text nor is bylined on it.
        public let isApart: Bool
        /// Whether a yes by link counts.
        public let countsByLink: Bool
        /// Whether it stands after a minor edit.
        public let survivesMinorEdits: Bool
    }

    public struct Rule: Sendable, Equatable {
        public let place: Place
        /// Different people who have to say yes to the same text.
        public let people: Int
        public let noticeMinutes: Int
        public let wantsDisclosure: Bool
    }

    /// A change of this class takes the approvals of this kind away.
    public struct Void: Sendable, Equatable {
        public let change: ContentClass
        public let kind: ApprovalKind
    }

    /// A checklist that has to be done.
    public struct Check: Sendable, Equatable {
        public let place: Place
        public let checklist: String
    }

    public struct Item: Sendable, Equatable {
        public let checklist: String
        public let item: String
        public let text: String
        /// A tick is of one text; else of the article.
        public let isOfText: Bool
        public let permission: Permission?
    }

    /// A version that is loaded.
    public struct Version: Sendable, Hashable {
        public let number: Int
        public let name: String
        public let loadedAt: Timestamp
        /// Articles that keep to it.
        public let articles: Int
    }
}

/// A part of a text that a change can be in. `editorial.changed_classes` says which.
public enum ContentClass: String, Sendable, CaseIterable {
    case body, title, dek, byline, image, taxonomy, slug
    case credit = "credit-caption-alt"
    case teaser = "teaser-social"
}

// MARK: As lines

extension Workflow {
    /// What two versions are compared by and a person reads: a sentence a line, in an order of its own, so that a file
    /// written in another order is no difference.
    public var lines: [String] {
        var lines = ["name \(name)"]
        lines += states.enumerated().map { "state \($0 + 1) \($1.rawValue)" }
        lines += transitions.map(\.line).sorted()
        lines += approvals.map(\.line).sorted()
        lines += rules.flatMap(\.lines).sorted()
        lines += voids.map { "void \($0.change.rawValue): \($0.kind.rawValue)" }.sorted()
        lines += checks.map { "checklist \($0.checklist) for \($0.place.line)" }.sorted()
        return lines + items.map(\.line)
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// From this version to another, as `Diff.unified` writes it; empty when they say the same.
    public func difference(to other: Workflow) -> String {
        Diff.unified(from: text, to: other.text)
    }
}

extension Workflow.Place {
    var line: String {
        let parts = [
            section.map { "section \($0)" }, kind.map { "kind \($0.rawValue)" }, risk.map { "risk \($0.rawValue)" },
        ].compactMap(\.self)
        return parts.isEmpty ? "all" : parts.joined(separator: ", ")
    }
}

extension Workflow.Transition {
    fileprivate var line: String {
        var line = "step \(from.rawValue) -> \(to.rawValue) by \(step.rawValue)"
        if let permission { line += ", permission \(permission)" }
        if let roles { line += ", roles " + roles.joined(separator: " ") }
        if let sections { line += ", sections " + sections.map(\.text).joined(separator: " ") }
        return line
    }
}

extension Workflow.ApprovalRule {
    fileprivate var line: String {
        "approval \(kind.rawValue) for \(place.line): \(needed)" + (isApart ? ", apart" : "")
            + (countsByLink ? ", by link" : "") + (survivesMinorEdits ? ", stands after a minor edit" : "")
    }
}

extension Workflow.Rule {
    fileprivate var lines: [String] {
        var lines: [String] = []
        if people > 0 { lines.append("people for \(place.line): \(people)") }
        if noticeMinutes > 0 { lines.append("notice for \(place.line): \(noticeMinutes) minutes") }
        if wantsDisclosure { lines.append("disclosure for \(place.line)") }
        return lines
    }
}

extension Workflow.Item {
    fileprivate var line: String {
        "item \(checklist)/\(item)" + (isOfText ? "" : ", of the article")
            + (permission.map { ", permission \($0)" } ?? "") + ": \(text)"
    }
}
