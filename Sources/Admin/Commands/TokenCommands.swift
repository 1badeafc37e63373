import Access
import ArgumentParser
import Postgres
import Values

struct TokenNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "token", "Secrets with which programs act as an account.",
        verbs: [AddTokenCommand.self, ListTokensCommand.self, RevokeTokenCommand.self],
        example: "masthead token add --name nightly-report --scope audit.read")
}

struct AddTokenCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Makes a token for the acting account and shows its secret, this once.",
        more: "Masthead keeps a hash only: whoever loses the secret makes a new token.",
        example: "masthead token add --name nightly-report --scope audit.read --expires 2027-01-01")
    static let access = DatabaseAccess.write

    @Option(help: "What it is for.") var name: String
    @Option(
        name: .customLong("scope"),
        help: ArgumentHelp(
            "A permission it is good for. May be repeated; without any it may all that the account may.",
            valueName: "permission")) var scopes: [String] = []
    @Option(
        help: ArgumentHelp("A day, at whose beginning it ends, or an instant with its offset.", valueName: "time"))
    var expires: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let expiresAt: Timestamp? = try expires.map { text in
            text.utf8.contains(UInt8(ascii: "T"))
                ? try Timestamp(iso8601: text) : context.zone.startOfDay(try LocalDate(text))
        }
        let secret = TokenSecret.random()
        let token = try IssueToken(
            secret, name: name, scopes: scopes.map(Permission.init(rawValue:)), expiresAt: expiresAt,
            by: context.actor(db)
        ).perform(db)
        return .record([
            ("id", .id(token.id)), ("name", .text(token.name)), ("account", .text(token.account.text)),
            ("scopes", .json(.array(token.scopes.map(JSON.string)))), ("expires_at", .time(token.expiresAt)),
            ("secret", .text(secret.text)),
        ])
    }
}

struct ListTokensCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the acting account's tokens, or everybody's.", example: "masthead token list --all")
    static let access = DatabaseAccess.read

    @Flag(help: "Everybody's tokens.") var all = false
    @Option(help: "At most so many.") var limit = 100
    @Option(help: "Go on after the token with this id.") var after: Int64?
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireListLimit(limit) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        if all { try actor.require(.accountRead) }
        let tokens = try Token.list(db, account: all ? nil : actor.account, after: after.map { ID($0) }, limit: limit)
        return Output(
            ["id", "account", "name", "scopes", "created_at", "expires_at", "revoked_at"],
            tokens.map { token in
                [
                    .id(token.id), .text(token.account.text), .text(token.name),
                    .json(.array(token.scopes.map(JSON.string))), .time(token.createdAt), .time(token.expiresAt),
                    .time(token.revokedAt),
                ]
            })
    }
}

struct RevokeTokenCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "revoke", "Ends a token for good.", example: "masthead token revoke 12")
    static let access = DatabaseAccess.write

    @Argument(help: "Which, by its id.") var id: Int64
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try RevokeToken(ID(id), by: context.actor(db)).perform(db)
        return .none
    }
}
