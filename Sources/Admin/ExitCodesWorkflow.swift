import Editorial

extension Failure {
    /// The sentences for what a workflow or its policy refuses.
    static func workflow(_ error: EditorialError) -> Failure? {
        switch error {
        case .peopleMissing(let article, let revision, let needed, let given):
            return Failure(
                .refused, "not_approved",
                "Article \(article) isn't approved: \(needed) different people have to say yes to revision "
                    + "\(revision), \(given) did. An author says it by `article submit` or `approval give --kind "
                    + "author`, an editor by `approval give --kind edit`.")
        case .killedTooLate(let article):
            return Failure(
                .refused, "was_public", "Article \(article) was public: retract or unpublish it, it can't be killed.")
        case .reasonNeeded(let what):
            return Failure(.usage, "reason_needed", "Say why in a few words: --reason TEXT, for \(what).")
        case .stateUnknown(let name):
            return Failure(.notFound, "unknown_state", "No workflow has a state '\(name)'. See `workflow show`.")
        case .workflowUnknown(let version):
            return Failure(
                .notFound, "unknown_workflow", "There is no version \(version) of the workflow. See `workflow list`.")
        case .noSuchStateThere(let article, let status, let version):
            return Failure(
                .refused, "no_such_state",
                "Article \(article) is '\(status.rawValue)', which version \(version) of the workflow doesn't have: "
                    + "bring it into a state that both have first.")
        case .workflowRefused(let reasons):
            return Failure(
                .badData, "workflow_refused", "The workflow can't be loaded: \(reasons.first ?? "it is empty")",
                details: reasons.dropFirst().joined(separator: "\n"))
        default: return nil
        }
    }
}
