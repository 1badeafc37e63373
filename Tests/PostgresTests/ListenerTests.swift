import Postgres
import TestDatabase
import Testing

@Suite struct ListenerTests {
    @Test func aListenerHearsWhatIsCommittedAndSaysWhenItMayHaveMissedSomething() async throws {
        try await withTestDatabase { database in
            let stream = try Database.listen(
                .init(url: database.appURL), channels: ["news", "Odd \"name\""], logger: .silent)
            var events = stream.makeAsyncIterator()
            guard case .listening = await events.next() else { throw UnitTests.Stop() }
            try await database.app.transaction { db in try db.run("SELECT pg_notify('news', 'one')") }
            let first = await heard(&events)
            #expect(first == ["news", "one"])
            try await database.app.transaction { db in try db.run("SELECT pg_notify('Odd \"name\"', '')") }
            let second = await heard(&events)
            #expect(second == ["Odd \"name\"", ""])

            let admin = database.database(database.superuserURL)
            try await admin.statement { db in
                _ = try db.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
            }
            guard case .lost = await events.next() else { throw UnitTests.Stop() }
            guard case .listening = await events.next() else { throw UnitTests.Stop() }
            try await database.app.transaction { db in try db.run("SELECT pg_notify('news', 'two')") }
            let third = await heard(&events)
            #expect(third == ["news", "two"])
            await admin.close()
        }
    }

    private func heard(_ events: inout AsyncStream<ListenEvent>.Iterator) async -> [String]? {
        guard case .notification(let notification) = await events.next(isolation: #isolation) else { return nil }
        return [notification.channel, notification.payload]
    }
}
