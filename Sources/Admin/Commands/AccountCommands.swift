import Access
import ArgumentParser
import Editorial
import Journal
import Postgres
import Values

struct AccountNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "account", "Who may act, and what as.",
        verbs: [
            AddAccountCommand.self, ListAccountsCommand.self, ShowAccountCommand.self, SuspendAccountCommand.self,
            ResumeAccountCommand.self, GrantRoleCommand.self, RevokeRoleCommand.self,
        ],
        example: "masthead account list --role admin")
}

struct AddAccountCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Lets somebody in.",
        more: "The first account needs nobody to add it: it must be an admin. Roles: "
            + Role.all.map(\.rawValue).joined(separator: " ") + ".",
        example: """
            masthead account add --email ada@example.org --name "Ada Example" --role admin
            masthead account add --email bo@example.org --name "Bo Example" --role section-editor:books --role copy
            """)
    static let access = DatabaseAccess.write

    @Option(help: "The address that says who acts.", transform: { try EmailAddress($0) }) var email: EmailAddress
    @Option(help: "What people call them.") var name: String
    @Option(
        name: .customLong("role"),
        help: ArgumentHelp("A role, everywhere or in one section. May be repeated.", valueName: "role[:section]"),
        transform: { try RoleGrant($0) }) var roles: [RoleGrant] = []
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        // Whoever is named by --as or the environment can't be here yet either.
        let action =
            if try Account.isNobodyHere(db) {
                AddAccount(first: email, name: name, grants: roles, via: .cli, systemUser: context.systemUser)
            } else {
                try AddAccount(email: email, name: name, grants: roles, by: manager(db, context))
            }
        return .account(try action.perform(db))
    }

    /// Who lets in, once it is clear that he may and that the sections are there.
    private func manager(_ db: Connection, _ context: CommandContext) throws -> Actor {
        let actor = try context.actor(db)
        try actor.require(.accountManage)
        try roles.forEach { try $0.requireSection(db) }
        return actor
    }
}

struct ListAccountsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists accounts, oldest first.", example: "masthead account list --status active --role publisher")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only active or suspended ones.", valueName: "status"), transform: Account.Status.named)
    var status: Account.Status?
    @Option(help: "Only those who have this role, anywhere.", transform: { try RoleGrant($0).role }) var role: Role?
    @Option(help: "At most so many.") var limit = 100
    @Option(help: "Go on after the account with this id.") var after: Int64?
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireListLimit(limit) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.accountRead)
        let accounts = try Account.list(db, status: status, role: role, after: after.map { ID($0) }, limit: limit)
        return Output(Output.accountColumns, accounts.map(Output.accountFields))
    }
}

struct ShowAccountCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows one account.", example: "masthead account show bo@example.org")
    static let access = DatabaseAccess.read

    @Argument(help: "Whose.", transform: { try EmailAddress($0) }) var email: EmailAddress
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        if actor.email != email { try actor.require(.accountRead) }
        return .account(try Account.find(db, email: email))
    }
}

struct SuspendAccountCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "suspend", "Stops an account from acting; what it did stays.",
        example: "masthead account suspend bo@example.org")
    static let access = DatabaseAccess.write

    @Argument(help: "Whose.", transform: { try EmailAddress($0) }) var email: EmailAddress
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .account(try SuspendAccount(email, by: context.actor(db)).perform(db))
    }
}

struct ResumeAccountCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "resume", "Lets a suspended account act again, with the roles it had.",
        example: "masthead account resume bo@example.org")
    static let access = DatabaseAccess.write

    @Argument(help: "Whose.", transform: { try EmailAddress($0) }) var email: EmailAddress
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .account(try ResumeAccount(email, by: context.actor(db)).perform(db))
    }
}

struct GrantRoleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "grant", "Gives an account a role, everywhere or in one section.",
        example: "masthead account grant bo@example.org section-editor:books")
    static let access = DatabaseAccess.write

    @Argument(help: "To whom.", transform: { try EmailAddress($0) }) var email: EmailAddress
    @Argument(help: ArgumentHelp("Which.", valueName: "role[:section]"), transform: { try RoleGrant($0) })
    var role: RoleGrant
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.accountManage)
        try role.requireSection(db)
        return .account(try GrantRole(role, to: email, by: actor).perform(db))
    }
}

struct RevokeRoleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "revoke", "Takes a role away, as it was granted.",
        example: "masthead account revoke bo@example.org section-editor:books")
    static let access = DatabaseAccess.write

    @Argument(help: "From whom.", transform: { try EmailAddress($0) }) var email: EmailAddress
    @Argument(help: ArgumentHelp("Which.", valueName: "role[:section]"), transform: { try RoleGrant($0) })
    var role: RoleGrant
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .account(try RevokeRole(role, from: email, by: context.actor(db)).perform(db))
    }
}

extension Output {
    fileprivate static let accountColumns: [Column] = ["id", "email", "name", "status", "roles", "created_at"]

    fileprivate static func accountFields(_ account: Account) -> [Field] {
        [
            .id(account.id), .text(account.email.text), .text(account.name), .text(account.status.rawValue),
            .json(.array(account.grants.map { .string($0.description) })), .time(account.createdAt),
        ]
    }

    fileprivate static func account(_ account: Account) -> Output {
        .record(zip(accountColumns, accountFields(account)).map { (column: $0, field: $1) })
    }
}

extension Account.Status {
    fileprivate static func named(_ text: String) throws -> Account.Status {
        guard let status = Account.Status(rawValue: text) else {
            throw ValueError(kind: "status", value: text, reason: "it is active or suspended")
        }
        return status
    }
}

extension RoleGrant {
    /// A grant for a section that isn't there holds nowhere, and looks as if it did.
    ///
    /// - Throws: `EditorialError.sectionUnknown`.
    fileprivate func requireSection(_ db: Connection) throws {
        if let section { _ = try Section.find(db, section) }
    }
}

/// A page of a list is held in memory before it is printed.
func requireListLimit(_ limit: Int) throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit is between 1 and 10000.") }
}

/// A report from later to earlier would be empty, and look like one of a time without data.
func requireOrder(_ from: Period?, _ to: Period?) throws {
    guard let from, let to, from.firstDay > to.lastDay else { return }
    throw ValidationError("--from \(from) is after --to \(to).")
}
