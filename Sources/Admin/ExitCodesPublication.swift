import Editorial
import Values

extension Failure {
    /// The sentences for what publication refuses; nil for what isn't its.
    static func publication(_ error: EditorialError) -> Failure? {
        switch error {
        case .blocked(let article, let rule, let message): return blocked(article, rule, message)
        case .notPublic(let article, let status):
            let stands = status.map { "is '\($0.rawValue)'" } ?? "was never published"
            return Failure(.refused, "not_public", "Article \(article) \(stands): there is nothing to do this to.")
        case .alreadyPublic(let article):
            return Failure(
                .refused, "already_public",
                "Article \(article) is public: an embargo can't call it back. `article unpublish` can.")
        case .wordsNeeded(let article):
            return Failure(
                .usage, "reason_needed", "Say why: this about article \(article) isn't done without words for it.")
        case .notEmbargoed(let article):
            return Failure(.refused, "not_embargoed", "Article \(article) isn't under embargo.")
        case .embargoOutlasts(let article):
            return Failure(
                .refused, "embargoed",
                "Article \(article) would still be under embargo then. Name a later time, or lift the embargo.")
        case .notBehind(let article):
            return Failure(
                .refused, "not_behind",
                "The draft of article \(article) is based on what is public: nothing to take in.")
        case .rebaseConflicts(let article, let conflicts): return Self.conflicts(article, conflicts)
        default: return schedules(error)
        }
    }

    private static func schedules(_ error: EditorialError) -> Failure? {
        switch error {
        case .timePassed(let wall, let zone):
            return Failure(.badData, "time_passed", "\(wall) in \(zone) is past. Name a time to come.")
        case .offsetUnknown(let wall, let zone, let offset, let possible):
            return Failure(
                .badData, "offset_unknown",
                "\(wall) in \(zone) never has the offset \(Zone.offsetText(offset)); it has "
                    + Set(possible).sorted().map(Zone.offsetText).joined(separator: " or ") + ".")
        case .scheduleUnknown(let name):
            return Failure(.notFound, "unknown_schedule", "There is no schedule '\(name)'. See `schedule list --all`.")
        case .scheduleSettled(let schedule, let state):
            return Failure(.refused, "schedule_settled", "Schedule \(schedule) is \(state.rawValue) already.")
        case .scheduledAlready(let article, let schedule):
            return Failure(
                .refused, "scheduled_already",
                "Article \(article) is scheduled already: move or cancel schedule \(schedule).")
        default: return nil
        }
    }

    /// What the gate said, under the word that a script looks for.
    private static func blocked(_ article: ID<Article>, _ rule: String, _ message: String) -> Failure {
        let word =
            switch rule {
            case "release_embargoed": "embargoed"
            case "release_base": "based_on_older_text"
            case "release_of_head": "stale_approval"
            case "release_permitted", "embargo_permitted", "schedule_permitted": "not_permitted"
            default: rule.isEmpty ? "refused" : rule
            }
        return Failure(
            word == "not_permitted" ? .notPermitted : .refused, word, "Article \(article) stays as it is: \(message).")
    }

    private static func conflicts(_ article: ID<Article>, _ conflicts: [Merge.Conflict]) -> Failure {
        let details = conflicts.map { conflict -> String in
            let place = conflict.line.map { "\(conflict.field), line \($0)" } ?? conflict.field
            let parts = [("was", conflict.base), ("draft", conflict.ours), ("public", conflict.theirs)].map {
                name, text in
                "  \(name):\n"
                    + text.split(separator: "\n", omittingEmptySubsequences: false)
                    .dropLast(text.hasSuffix("\n") ? 1 : 0).map { "    \(Escape.escaped(String($0)))" }
                    .joined(separator: "\n")
            }
            return "\(place)\n" + parts.joined(separator: "\n")
        }
        return Failure(
            .refused, "conflicts",
            "\(conflicts.count) places of article \(article) were changed both in the draft and in what is public. "
                + "Nothing was written. Give the resolved text with --body, and --prefer ours or theirs for other fields.",
            details: details.joined(separator: "\n"))
    }
}
