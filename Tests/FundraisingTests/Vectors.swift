import Foundation
import TestDatabase
import Values

/// `fundraising-vectors.json`: gifts and refunds in New York with every right answer.
struct Vectors {
    let json: JSON

    static let path = sharedData.map { $0 + "/fundraising-vectors.json" }

    init() throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.path ?? ""))
        json = try JSON(parsing: Array(bytes))
    }

    /// The gifts as a file of the import, each with what was given back of it in the end.
    var csv: String {
        var refunds: [String: (at: String, amount: Int64)] = [:]
        for refund in json["refunds"]?.array ?? [] {
            guard let items = refund.array else { continue }
            refunds[items[1].string ?? ""] = (items[2].string ?? "", items[3].integer ?? 0)
        }
        let rows = (json["gifts"]?.array ?? []).compactMap(\.array).map { gift -> String in
            let id = gift[0].string ?? ""
            let donor = gift[1].string ?? ""
            let refund = refunds[id]
            let fields = [
                id, "\(donor.lowercased())@example.org", "Donor \(donor)", gift[2].string ?? "",
                Self.dollars(gift[3].integer ?? 0), "USD", "card", "", "", "",
                refund.map { Self.dollars($0.amount) } ?? "", refund?.at ?? "",
            ]
            return fields.joined(separator: ",")
        }
        return rows.joined(separator: "\n") + "\n"
    }

    func expected(_ name: String) -> [String: Int64] {
        (json["expect"]?[name]?.object ?? [:]).compactMapValues(\.integer)
    }

    private static func dollars(_ cents: Int64) -> String {
        "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}
