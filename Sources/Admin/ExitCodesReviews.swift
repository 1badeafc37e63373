import Editorial
import Values

extension Failure {
    /// The sentences for what reviews refuse; nil for what isn't theirs.
    static func review(_ error: EditorialError) -> Failure? {
        switch error {
        case .dueOffset(let wall, let zone, let offset):
            return Failure(.badData, "time_offset", "\(wall) in \(zone) is never at \(offset). Leave --offset out.")
        case .roleEmpty(let role, let section):
            let place = section.map { " for section '\($0)'" } ?? ""
            return Failure(.refused, "role_empty", "Nobody active holds the role '\(role)'\(place).")
        case .reviewerCannotRead(let email, let article):
            return Failure(
                .refused, "reviewer_cannot_read",
                "\(email.text) can't read article \(article), and so can't review it. Grant a role that may read it.")
        case .tooManyRequests(let count, let most):
            return Failure(.badData, "too_many_requests", "That would ask \(count) times at once; \(most) is the most.")
        case .alreadyAsked(let request, let reviewer, let kind):
            return Failure(
                .refused, "already_asked",
                "\(reviewer.text) was asked for '\(kind.rawValue)' on this text already: request \(request). Withdraw "
                    + "it first to ask differently.")
        case .requestUnknown(let request):
            return Failure(.notFound, "unknown_request", "There is no review request \(request).")
        case .requestEnded(let request, let end): return ended(request, end)
        case .remindedAlready(let request, let at):
            return Failure(
                .refused, "reminded_already", "A reminder of request \(request) went out at \(at). Once in 12 hours.")
        case .severalRequests(let article, let kinds):
            return Failure(
                .usage, "several_requests",
                "You were asked about article \(article) for \(words(kinds)). Say which is answered: --kind.")
        case .kindNeeded(let article):
            return Failure(
                .usage, "kind_needed",
                "You weren't asked about article \(article), so say what the verdict is about: --kind.")
        case .alreadyAnswered(let article, let verdict, let at):
            return Failure(
                .refused, "already_answered",
                "You answered '\(verdict.rawValue)' on this text of article \(article) already, at \(at). To say more: "
                    + "`comment add \(article)`.")
        default: return comment(error)
        }
    }

    private static func ended(_ request: ID<ReviewRequest>, _ end: ReviewRequest.End) -> Failure {
        let by = end.by.map { " by \($0.text)" } ?? ""
        return Failure(
            .tryAgain, "request_ended",
            "Request \(request) was \(end.verdict == nil ? "withdrawn" : "answered")\(by) at \(end.at): there is "
                + "nothing left to answer.")
    }

    private static func words(_ kinds: [ApprovalKind]) -> String {
        kinds.map { "'\($0.rawValue)'" }.joined(separator: " and ")
    }

    private static func comment(_ error: EditorialError) -> Failure? {
        switch error {
        case .quoteMissing(let field, let revision):
            return Failure(
                .badData, "quote_missing",
                "The \(field.rawValue) of revision \(revision) has no such passage. Quote whole words as they stand in "
                    + "the text, marks included; --field names another part.")
        case .quoteAmbiguous(let field, let lines):
            return Failure(
                .badData, "quote_ambiguous",
                "The \(field.rawValue) has that passage \(lines.count) times, in lines "
                    + lines.prefix(20).map(String.init).joined(separator: ", ")
                    + ". Quote more of it, or say which: --occurrence N.")
        case .occurrenceUnknown(let number, let count):
            return Failure(
                .badData, "no_such_occurrence", "The passage is there \(count) times, so there is no number \(number).")
        case .commentUnknown(let comment):
            return Failure(.notFound, "unknown_comment", "There is no comment \(comment).")
        case .commentMarked(let comment, let isOpen, let by):
            let who = by.map { " by \($0.text)" } ?? ""
            return Failure(
                .refused, "already_marked",
                "Comment \(comment) is \(isOpen ? "open" : "resolved\(who)") already. Nothing was changed.")
        case .itemUnknown(let article, let item, let known):
            return Failure(
                .notFound, "unknown_item",
                known.isEmpty
                    ? "Article \(article) has no checklist to pass."
                    : "Article \(article) has no one item '\(item)'. There are: \(known.joined(separator: ", ")).")
        default: return link(error)
        }
    }

    private static func link(_ error: EditorialError) -> Failure? {
        switch error {
        case .notBylined(let contributor, let article, let revision):
            return Failure(
                .refused, "not_bylined",
                "'\(contributor)' isn't bylined on revision \(revision) of article \(article): only its authors sign "
                    + "as authors.")
        case .signOffKind(let kind):
            return Failure(
                .usage, "signoff_kind",
                kind == .author
                    ? "An author's link is for a contributor: --contributor."
                    : "A link of kind '\(kind.rawValue)' can't be made so: kind author is for a --contributor, legal "
                        + "and fact are for somebody from outside, with --name and --email.")
        case .signOffExpiry(let days):
            return Failure(
                .badData, "signoff_expiry", "A link expires in the future, and within \(days) days.")
        case .signOffUnknown(let id): return Failure(.notFound, "unknown_signoff", "There is no link \(id).")
        case .signOffEnded(let id, let state):
            return Failure(.refused, "signoff_ended", "Link \(id) is over already (\(state.rawValue)).")
        case .linkInvalid:
            return Failure(
                .notPermitted, "bad_link",
                "This link isn't valid: it is unknown, used, revoked or expired. Ask whoever sent it for a new one.")
        case .linkStale(let revision):
            return Failure(
                .refused, "stale_link",
                "The text was edited after this link was made for revision \(revision), so nothing was signed. Ask "
                    + "whoever sent it for a link to the new text.")
        case .linkNotNow(let status):
            return Failure(
                .refused, "not_under_review",
                "The article isn't under review now (it is '\(status.rawValue)'), so nothing was signed. The link stays "
                    + "good.")
        default: return nil
        }
    }
}
