import Access
import Fundraising
import Postgres
import Values

extension Books {
    /// Imports another system's file.
    @discardableResult
    func importing(
        _ text: String, as kind: ImportRecords.Kind, mode: ImportGifts.Mode = .forReal, by role: Role = .development
    ) async throws -> ImportRecords.Report {
        try await importing(bytes: Array(text.utf8), as: kind, mode: mode, by: role)
    }

    @discardableResult
    func importing(
        bytes: [UInt8], as kind: ImportRecords.Kind, mode: ImportGifts.Mode = .forReal, by role: Role = .development
    ) async throws -> ImportRecords.Report {
        try await app.transaction { db in
            try ImportRecords(bytes, name: "records.csv", kind: kind, mode: mode, by: actor(db, role)).perform(db)
        }
    }

    /// What is wrong with such a file, each mistake as a person reads it; empty when it is taken.
    func mistakes(_ text: String, as kind: ImportRecords.Kind) async throws -> [String] {
        try await mistakes(bytes: Array(text.utf8), as: kind)
    }

    func mistakes(bytes: [UInt8], as kind: ImportRecords.Kind) async throws -> [String] {
        do {
            try await importing(bytes: bytes, as: kind)
            return []
        } catch FundraisingError.badFile(_, let mistakes, _) {
            return mistakes.map(\.description)
        }
    }

    /// The accounts of the books and what they come to, debit positive.
    func balances() async throws -> [String: Int64] {
        try await app.read { db in
            let rows = try db.rows(
                """
                SELECT a.account::text, sum(a.minor)::bigint FROM (\
                SELECT debit AS account, amount_minor AS minor FROM fundraising.transfer \
                UNION ALL SELECT credit, -amount_minor FROM fundraising.transfer) a GROUP BY 1 HAVING sum(a.minor) <> 0
                """
            ) { (try $0.next(String.self), try $0.next(Int64.self)) }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }
}

extension ImportRecords.Report {
    /// `lines 4 fees 2`
    var summary: String { brought.map { "\($0.what) \($0.number)" }.joined(separator: " ") }
}
