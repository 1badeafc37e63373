import Foundation
import Testing

@testable import Admin

/// Monthly donors as they are typed.
struct RecurringCommandTests {
    private static let gifts =
        "external_id,donor_email,given_at,amount,currency\ng1,ann@example.org,2026-01-02,1.00,USD\n"

    private func withPlans(_ body: (DonationDesk) async throws -> Void) async throws {
        try await withDonationDesk(Self.gifts) { desk in
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("plans-\(UUID()).csv")
            try Data(
                """
                subscription_id,started_at,amount,currency,interval,email
                sub_1,2025-01-31,10.00,USD,month,ann@example.org
                sub_2,2024-02-29,100.00,EUR,year,bo@example.org

                """.utf8
            ).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let tried = try await desk.records("recurring import \(file.path) --from csv --dry-run")
            #expect(tried.map { $0["new_plans"] } == ["2"])
            #expect(try await desk.records("recurring list").isEmpty)
            #expect(try await desk.records("recurring import \(file.path) --from csv").map { $0["new_plans"] } == ["2"])
            try await body(desk)
        }
    }

    @Test func aPlanIsPausedAndGoesOnOnTheDatesItAlwaysHad() async throws {
        try await withPlans { desk in
            func standings() async throws -> [String?] {
                try await desk.records("recurring list").map { $0["standing"] }
            }
            let listed = try await desk.records("recurring list")
            let id = try #require(listed.first { $0["subscription"] == "sub_1" }?["id"])
            let before = try await desk.records("recurring show \(id)")
            #expect(try await desk.records("recurring pause \(id)").map { $0["standing"] } == ["paused"])
            #expect(try await desk.records("plan list --standing paused").map { $0["subscription"] } == ["sub_1"])
            #expect(await desk.run("recurring pause \(id)").exit == 76)
            #expect(try await desk.records("recurring resume \(id)").map { $0["standing"] } == ["active"])
            #expect(await desk.run("recurring resume \(id)").exit == 76)
            let after = try await desk.records("recurring show \(id)")
            #expect(after.map { $0["anchor"] } == before.map { $0["anchor"] })
            #expect(after.map { $0["next"] } == before.map { $0["next"] })
            #expect(try await standings().allSatisfy { $0 == "active" || $0 == "overdue" })
        }
    }

    @Test func whatCannotBeIsSaidByItsExitCode() async throws {
        try await withPlans { desk in
            #expect(await desk.run("recurring show 9").exit == 66)
            #expect(await desk.run("recurring pause 9").exit == 66)
            #expect(await desk.run("recurring pause one").exit == 64)
            #expect(await desk.run("recurring list --standing often").exit == 64)
            #expect(await desk.run("recurring pause 1", as: "writer").exit == 77)
            #expect(await desk.run("recurring list", as: "writer").exit == 77)
            #expect(await desk.run("recurring import nowhere.csv --from csv").exit == 66)
            #expect(await desk.run("recurring import nowhere.csv --from csv --date-order dmy").exit == 64)
        }
    }
}
