import Editorial
import Values

extension Failure {
    /// The sentences for what planning, commissions, pitches, search and advice refuse; nil for what isn't theirs.
    static func planning(_ error: EditorialError) -> Failure? {
        switch error {
        case .seriesUnknown(let slug):
            Failure(.notFound, "unknown_series", "There is no series '\(slug)'. See `series list`.")
        case .seriesExists(let slug):
            Failure(.refused, "series_exists", "There is a series '\(slug)' already.")
        case .topicUnknown(let slug):
            Failure(.notFound, "unknown_topic", "There is no topic '\(slug)'. See `topic list`.")
        case .topicExists(let slug):
            Failure(.refused, "topic_exists", "There is a topic '\(slug)' already.")
        case .collectionUnknown(let slug):
            Failure(.notFound, "unknown_collection", "There is no collection '\(slug)'. See `collection list`.")
        case .collectionExists(let slug):
            Failure(.refused, "collection_exists", "There is a collection '\(slug)' already.")
        case .collectionClosed(let slug):
            Failure(
                .refused, "collection_closed", "The collection '\(slug)' is closed: its page stays as it is.")
        case .mediaUnknown(let hash):
            Failure(
                .notFound, "unknown_media",
                "There is no picture '\(Escape.escaped(hash))': give the SHA-256 that `image add` answered.")
        case .slotUnknown(let id):
            Failure(.notFound, "unknown_slot", "There is no slot '\(id)'. See `slot list`.")
        case .noOccurrence(let slot, let day):
            Failure(.badData, "no_occurrence", "Slot \(slot) has nothing on \(day). See `slot list`.")
        case .templateUnknown(let name):
            Failure(.notFound, "unknown_template", "There is no template '\(name)'. See `pitch templates`.")
        case .searchRefused(let reason):
            Failure(.badData, "bad_search", "This can't be searched for: \(reason).")
        case .houseWordExists(let word):
            Failure(.refused, "word_exists", "'\(Escape.escaped(word))' is in the list already.")
        case .houseWordUnknown(let word):
            Failure(.notFound, "unknown_word", "'\(Escape.escaped(word))' isn't in the list. See `style list`.")
        default: money(error) ?? pitch(error)
        }
    }

    private static func money(_ error: EditorialError) -> Failure? {
        switch error {
        case .commissionUnknown(let id):
            Failure(.notFound, "unknown_commission", "There is no commission '\(id)'.")
        case .commissionUnpriced:
            Failure(
                .badData, "unpriced", "Say either a fee, or a rate and the number of words it is reckoned on.")
        case .notPayable(let id):
            Failure(
                .refused, "not_payable",
                "Nothing is payable of commission \(id) yet: its article is neither public nor killed.")
        case .commissionStep(let id, let has, let wanted):
            Failure(
                .refused, "wrong_step",
                "Commission \(id) is \(has.map { "'\($0.rawValue)'" } ?? "without an invoice"): it can't become "
                    + "'\(wanted.rawValue)' now. The order is invoiced, approved, exported, paid.")
        case .commissionSettled(let id):
            Failure(
                .refused, "commission_settled",
                "What is payable of commission \(id) was approved: its terms don't change any more.")
        case .exportUnknown(let id):
            Failure(.notFound, "unknown_export", "There is no list \(id) of commissions.")
        case .taxNumber(let field):
            Failure(
                .badData, "tax_number",
                "The \(field) looks as if it held a tax number. Masthead keeps none: of a W-9 or W-8 it notes status "
                    + "and date (`contributor tax-form`). Nothing was stored.")
        default: nil
        }
    }

    private static func pitch(_ error: EditorialError) -> Failure? {
        switch error {
        case .pitchUnknown(let id): Failure(.notFound, "unknown_pitch", "There is no pitch '\(id)'.")
        case .pitchDecided(let id, let status):
            Failure(.refused, "pitch_decided", "Pitch \(id) was \(status.rawValue) already.")
        case .pitchExists(let id):
            Failure(.refused, "pitch_exists", "This mail is in already, as pitch \(id).")
        case .mailRefused(let reason):
            Failure(.badData, "bad_mail", "The file can't be taken in as a mail: \(reason).")
        default: nil
        }
    }
}
