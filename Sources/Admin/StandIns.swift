import Values

// Stand-ins until the modules they belong to have them; then this file goes.

final class Connection {}

struct Database: Sendable {
    func read<T: Sendable>(_ body: @Sendable (Connection) throws -> T) async throws -> T { try body(Connection()) }
    func transaction<T: Sendable>(_ body: @Sendable (Connection) throws -> T) async throws -> T {
        try body(Connection())
    }
    func close() async {}
}

struct Newsroom: Sendable {
    let database = Database()
    let zone = Zone.utc
    static func open(environment: [String: String], config: String?) async throws -> Newsroom { Newsroom() }
}

struct Actor: Sendable {
    let email: EmailAddress
    static func load(_ db: Connection, email: EmailAddress, systemUser: String) throws -> Actor { Actor(email: email) }
}
