import Editorial
import Values

extension Failure {
    /// The sentences for what Editorial refuses.
    static func editorial(_ error: EditorialError) -> Failure {
        switch error {
        case .articleUnknown(let name):
            return Failure(.notFound, "unknown_article", "There is no article '\(name)'.")
        case .revisionUnknown(let article, let number):
            return Failure(.notFound, "unknown_revision", "Article \(article) has no revision \(number).")
        case .sectionUnknown(let slug):
            return Failure(.notFound, "unknown_section", "There is no section '\(slug)'. See `section list`.")
        case .contributorUnknown(let slug):
            return Failure(
                .notFound, "unknown_contributor", "There is no contributor '\(slug)'. See `contributor list`.")
        case .sectionExists(let slug):
            return Failure(.refused, "section_exists", "There is a section '\(slug)' already.")
        case .contributorExists(let slug):
            return Failure(
                .refused, "contributor_exists",
                "There is a contributor '\(slug)' already. If this is somebody else, give another --slug.")
        case .contentRefused(let field, let reason):
            return Failure(.badData, "bad_text", "The \(field) can't be stored: \(reason).")
        case .notAFolder(let path):
            return Failure(.notFound, "not_a_folder", "'\(path)' is no folder that can be read.")
        case .importsShut:
            return Failure(
                .refused, "imports_shut",
                "Imports are shut, because they publish what nobody here approved. Set database.owner.url for this "
                    + "command, or have the owner run: UPDATE editorial.import_door SET open_until = now() + "
                    + "interval '1 hour'.")
        case .dueNonexistent, .dueAmbiguous: return due(error)
        case .baseRequired, .changedMeanwhile: return saving(error)
        case .imageUnknown, .pictureRefused, .imageExists, .altRepeats, .pictureNotShown,
            .picturesIncomplete:
            return picture(error)
        default: return rule(error)
        }
    }

    private static func saving(_ error: EditorialError) -> Failure {
        switch error {
        case .baseRequired(let article, let current):
            return Failure(
                .usage, "base_required",
                "Article \(article) has a text already, revision \(current). Say which one this was made from: "
                    + "--base N, or --base latest.")
        case .changedMeanwhile(let conflict):
            return Failure(
                .tryAgain, "changed_meanwhile",
                "Article \(conflict.article) changed meanwhile: revision \(conflict.current) was saved by "
                    + "\(conflict.author.text) at \(conflict.at) (this was made from \(conflict.base)). Nothing was "
                    + "written. Merge the two and save with --base \(conflict.current).",
                details: "From revision \(conflict.current) to the text that wasn't saved:\n"
                    + conflict.difference.lines.map { Escape.escapedLine($0.text) }.joined(separator: "\n"))
        default: return rule(error)
        }
    }

    private static func rule(_ error: EditorialError) -> Failure {
        switch error {
        case .wrongState(let article, let status, let needs):
            return Failure(
                .refused, "wrong_state",
                "Article \(article) is '\(status.rawValue)'; this needs "
                    + needs.map { "'\($0.rawValue)'" }.joined(separator: " or ") + ".")
        case .nothingSaved(let article):
            return Failure(.refused, "nothing_saved", "Article \(article) has no text yet: save one first.")
        case .notPlaced(let article):
            return Failure(
                .refused, "not_placed",
                "Article \(article) has no section or no kind. Give it both: `article move \(article) --section S "
                    + "--kind K`.")
        case .ownApproval(let article, let revision):
            return Failure(
                .refused, "own_approval",
                "Revision \(revision) of article \(article) is your own (you saved it or are bylined on it): somebody "
                    + "else has to approve it.")
        case .notTheAuthor(let article, let revision):
            return Failure(
                .refused, "not_the_author",
                "Only who is bylined on revision \(revision) of article \(article) can give the author's approval.")
        case .staleApproval(let article, let revision, let current):
            return Failure(
                .refused, "stale_approval",
                "Article \(article) was edited: revision \(revision) isn't the current text, revision \(current) is. "
                    + "Review that one.")
        case .notApproved(let article, let missing):
            let kinds = missing.map { "\($0.kind.rawValue) (\($0.given) of \($0.needed))" }.joined(separator: ", ")
            return Failure(
                .refused, "not_approved",
                "Article \(article) isn't approved" + (kinds.isEmpty ? "." : "; missing: \(kinds)."))
        case .slugTaken(let slug):
            return Failure(
                .refused, "slug_taken",
                "The slug '\(slug)' belongs to another article, for good. Save with another --slug.")
        case .pathTaken(let path):
            return Failure(.refused, "path_taken", "The address '\(path)' belongs to another article.")
        case .slugNeeded(let article):
            return Failure(
                .badData, "slug_needed", "No slug can be made of the title of article \(article): save with --slug.")
        default:
            return review(error) ?? planning(error) ?? workflow(error) ?? publication(error)
                ?? Failure(.fault, "fault", "Editorial refused for a reason without words: \(error).")
        }
    }

    private static func due(_ error: EditorialError) -> Failure {
        switch error {
        case .dueNonexistent(let wall, let zone, let before, let after):
            return Failure(
                .badData, "time_nonexistent",
                "\(wall) doesn't exist in \(zone), where the clock is put forward then. Say an hour earlier or later "
                    + "(\(before) or \(after)), or which clock is meant: --offset.")
        case .dueAmbiguous(let wall, let zone, let earlier, let later):
            return Failure(
                .badData, "time_ambiguous",
                "\(wall) comes twice in \(zone), where the clock is put back then (\(earlier) and \(later)). Say "
                    + "which with --offset.")
        default: return Failure(.fault, "fault", "\(error)")
        }
    }
}
