internal import Postgres

/// The external ids of a processor that an event or a line of a file names, claimed and locked for the rest of the transaction.
///
/// Claimed in one order by everyone, so that all that tells of one payment comes one after the other whatever rows they
/// otherwise share: the second then sees what the first has done.
struct ProcessorReferences {
    private struct Meaning {
        var gift: Int64?
        var plan: Int64?
        var donor: Int64?
    }

    private let db: Connection
    private let processor: String
    private let isLive: Bool
    let ids: [String]
    private var meanings: [String: Meaning]

    init(_ db: Connection, processor: String, _ names: [String?], isLive: Bool) throws {
        self.db = db
        self.processor = processor
        self.isLive = isLive
        ids = Set(names.compactMap { $0 }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        try db.run(
            """
            INSERT INTO fundraising.processor_ref (processor, live, external_id) \
            SELECT \(processor), \(isLive), name FROM unnest(\(ids)) AS name ORDER BY name COLLATE "C" \
            ON CONFLICT ON CONSTRAINT processor_ref_pkey DO NOTHING
            """)
        let rows = try db.rows(
            """
            SELECT external_id, gift_id, plan_id, donor_id FROM fundraising.processor_ref \
            WHERE processor = \(processor) AND live = \(isLive) AND external_id = ANY (\(ids)) \
            ORDER BY external_id FOR UPDATE
            """
        ) { row in
            (try row.next(String.self), Meaning(gift: try row.next(), plan: try row.next(), donor: try row.next()))
        }
        meanings = Dictionary(rows) { first, _ in first }
    }

    /// The gift that these names stand for, if any does.
    ///
    /// - Throws: ``EffectProblem/doubtful(_:)`` when they stand for several.
    func gift(of names: [String?]) throws -> Int64? {
        let gifts = Set(names.compactMap { $0.flatMap { meanings[$0]?.gift } })
        guard gifts.count <= 1 else { throw EffectProblem.doubtful("it names \(gifts.count) gifts at once") }
        return gifts.first
    }

    func plan(of name: String?) -> Int64? { name.flatMap { meanings[$0]?.plan } }
    func donor(of name: String?) -> Int64? { name.flatMap { meanings[$0]?.donor } }

    mutating func bind(_ names: [String?], gift: Int64) throws {
        let fresh = names.compactMap { $0 }.filter { meanings[$0]?.gift == nil }
        guard !fresh.isEmpty else { return }
        for name in fresh { meanings[name, default: Meaning()].gift = gift }
        try db.run(
            """
            UPDATE fundraising.processor_ref SET gift_id = \(gift) WHERE processor = \(processor) \
            AND live = \(isLive) AND external_id = ANY (\(fresh))
            """)
    }

    mutating func bind(_ name: String, plan: Int64) throws {
        guard meanings[name]?.plan == nil else { return }
        meanings[name, default: Meaning()].plan = plan
        try db.run(
            """
            UPDATE fundraising.processor_ref SET plan_id = \(plan) WHERE processor = \(processor) \
            AND live = \(isLive) AND external_id = \(name)
            """)
    }

    mutating func bind(_ name: String?, donor: Int64) throws {
        guard let name, meanings[name]?.donor == nil else { return }
        meanings[name, default: Meaning()].donor = donor
        try db.run(
            """
            UPDATE fundraising.processor_ref SET donor_id = \(donor) WHERE processor = \(processor) \
            AND live = \(isLive) AND external_id = \(name)
            """)
    }
}
