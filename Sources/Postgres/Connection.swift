import CLibPQ
import Logging

/// A connection, for the length of a unit of work.
///
/// Lives on its session's thread: it isn't `Sendable`, so a unit's closure can't let it out. Every call blocks that thread
/// until the server has answered.
public final class Connection {
    /// Owned; closed in `deinit`.
    let handle: OpaquePointer
    let backendPID: Int32
    private var statements: PreparedStatements?
    private let notices: Notices
    /// What the unit under way may be cancelled with.
    var cancellation: Cancellation?

    /// Connects, or throws `PostgresError.connection` (nothing listens, no such database, not let in).
    init(_ configuration: Database.Configuration, logger: Logger) throws {
        notices = Notices(logger: logger)
        // Of a keyword that comes twice the last value counts: the URL may say otherwise of what stands before it.
        let options = [
            ("connect_timeout", String(configuration.connectTimeout.components.seconds)),
            ("dbname", configuration.url), ("client_encoding", "UTF8"),
            ("fallback_application_name", configuration.applicationName),
        ]
        let keywords = CStrings(options.map(\.0))
        let values = CStrings(options.map(\.1))
        guard let handle = PQconnectdbParams(keywords.pointers, values.pointers, 1) else {
            throw PostgresError.connection("out of memory")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            throw PostgresError.connection(String(cString: PQerrorMessage(handle)).trimmedLine)
        }
        self.handle = handle
        backendPID = PQbackendPID(handle)
        statements = configuration.preparedStatements ? PreparedStatements() : nil
        // Safe: the sink is kept alive by this object, which closes the connection before it lets go of it.
        PQsetNoticeReceiver(handle, Notices.receive, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        PQfinish(handle)
    }

    /// The server's version as a number: 150018 for 15.18.
    public var serverVersion: Int { Int(PQserverVersion(handle)) }

    var isUsable: Bool { PQstatus(handle) == CONNECTION_OK }
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }
    /// A handle to cancel with, from any thread.
    func makeCancelHandle() -> OpaquePointer? { PQgetCancel(handle) }
    var socket: Int32 { PQsocket(handle) }

    // MARK: Statements

    /// Every row, decoded.
    public func rows<T>(_ sql: SQL, _ decode: (inout Row) throws -> T) throws -> [T] {
        let result = try execute(sql)
        var rows: [T] = []
        rows.reserveCapacity(result.rowCount)
        try result.forEachRow { rows.append(try decode(&$0)) }
        return rows
    }

    /// The only row, or nil. More than one is `PostgresError.tooManyRows`.
    public func row<T>(_ sql: SQL, _ decode: (inout Row) throws -> T) throws -> T? {
        let result = try execute(sql)
        guard result.rowCount <= 1 else { throw PostgresError.tooManyRows(sql: sql.text) }
        var decoded: T?
        try result.forEachRow { decoded = try decode(&$0) }
        return decoded
    }

    /// The only row; none is `PostgresError.noRow`.
    public func one<T>(_ sql: SQL, _ decode: (inout Row) throws -> T) throws -> T {
        guard let row = try row(sql, decode) else { throw PostgresError.noRow(sql: sql.text) }
        return row
    }

    /// The first column of the only row; nil without a row. Ask for an optional type where the column can be NULL.
    public func value<T: PostgresDecodable>(_ sql: SQL, as type: T.Type = T.self) throws -> T? {
        try row(sql) { try $0.next(type) }
    }

    /// Runs a statement and says how many rows it touched.
    @discardableResult
    public func run(_ sql: SQL) throws -> Int {
        try execute(sql).affectedRows
    }

    /// Runs several statements at once, by the simple protocol: a migration, a fixture. No parameters.
    public func script(_ text: String) throws {
        try cancellation?.check()
        guard let pointer = PQexec(handle, text) else { throw lost() }
        try check(QueryResult(owning: pointer), sql: text)
    }

    /// Runs `body` so that an error undoes what it did and nothing before it.
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        try script("SAVEPOINT part")
        do {
            let value = try body()
            try script("RELEASE SAVEPOINT part")
            return value
        } catch {
            if isUsable { try script("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part") }
            throw error
        }
    }

    /// Reads rows as they arrive, one at a time in memory: for results larger than one would hold.
    /// A statement inside `body` isn't possible on the same connection.
    public func forEach(_ sql: SQL, _ body: (inout Row) throws -> Void) throws {
        try cancellation?.check()
        try sql.parameters.requireSendable()
        let sent = try withParameters(of: sql) { parameters in
            PQsendQueryParams(
                handle, sql.text, parameters.count, parameters.types, parameters.values, parameters.lengths,
                parameters.formats, PostgresType.binaryFormat)
        }
        guard sent == 1, PQsetSingleRowMode(handle) == 1 else { throw lost() }
        var failure: (any Error)?
        // Every result has to be fetched, even after a failure: only then is the connection free again.
        while let pointer = PQgetResult(handle) {
            let result = QueryResult(owning: pointer)
            if failure != nil { continue }
            do {
                if result.status != PGRES_SINGLE_TUPLE { try check(result, sql: sql.text) }
                try result.forEachRow(body)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func execute(_ sql: SQL) throws -> QueryResult {
        try cancellation?.check()
        try sql.parameters.requireSendable()
        let pointer = try statements == nil ? executeOnce(sql) : executePrepared(sql)
        guard let pointer else { throw lost() }
        let result = QueryResult(owning: pointer)
        do {
            try check(result, sql: sql.text)
        } catch let error as PostgresError where ["0A000", "26000"].contains(error.sqlstate) {
            // The cached plan no longer fits the tables, or a pooler gave us another server connection.
            statements?.forget(sql)
            throw error
        }
        return result
    }

    private func executeOnce(_ sql: SQL) throws -> OpaquePointer? {
        try withParameters(of: sql) { parameters in
            PQexecParams(
                handle, sql.text, parameters.count, parameters.types, parameters.values, parameters.lengths,
                parameters.formats, PostgresType.binaryFormat)
        }
    }

    private func executePrepared(_ sql: SQL) throws -> OpaquePointer? {
        let name = try prepare(sql)
        return try withParameters(of: sql) { parameters in
            PQexecPrepared(
                handle, name, parameters.count, parameters.values, parameters.lengths, parameters.formats,
                PostgresType.binaryFormat)
        }
    }

    /// The name the statement is prepared under, prepared now if it wasn't.
    private func prepare(_ sql: SQL) throws -> String {
        if let name = statements?.name(of: sql) { return name }
        if let evicted = statements?.evictIfFull() { try script("DEALLOCATE \(evicted)") }
        let name = statements?.nextName() ?? ""
        let types = sql.parameters.places.map(\.type)
        guard let pointer = PQprepare(handle, name, sql.text, Int32(types.count), types) else { throw lost() }
        try check(QueryResult(owning: pointer), sql: sql.text)
        statements?.add(sql, name: name)
        return name
    }

    // MARK: What the session uses

    /// Commits. The server answers success with the tag ROLLBACK when a statement of the transaction had failed.
    func commit() throws {
        guard let pointer = PQexec(handle, "COMMIT") else {
            throw PostgresError.commitOutcomeUnknown(String(cString: PQerrorMessage(handle)).trimmedLine)
        }
        let result = QueryResult(owning: pointer)
        guard result.status == PGRES_COMMAND_OK else {
            let error = result.error(sql: "COMMIT")
            throw error.isLostConnection || !isUsable ? .commitOutcomeUnknown(error.description) : error
        }
        guard result.tag == "COMMIT" else { throw PostgresError.rolledBack }
    }

    /// Notifications that have come; asks the socket first.
    func takeNotifications() throws -> [Notification] {
        guard PQconsumeInput(handle) == 1 else { throw lost() }
        var taken: [Notification] = []
        while let notification = PQnotifies(handle) {
            defer { PQfreemem(notification) }
            taken.append(
                Notification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra)))
        }
        return taken
    }

    func quoted(identifier: String) throws -> String {
        guard let quoted = PQescapeIdentifier(handle, identifier, identifier.utf8.count) else {
            throw PostgresError.unsendable("\(identifier) can't be an identifier")
        }
        defer { PQfreemem(quoted) }
        return String(cString: quoted)
    }

    func check(_ result: borrowing QueryResult, sql: String) throws {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY: return
        default:
            let error = result.error(sql: sql)
            throw cancellation?.translate(error) ?? error
        }
    }

    func lost() -> PostgresError {
        .connection(String(cString: PQerrorMessage(handle)).trimmedLine)
    }

    /// What libpq wants of parameters: parallel arrays of pointers, lengths and formats.
    private struct Bound {
        let count: Int32
        let types: [UInt32]
        let values: [UnsafePointer<CChar>?]
        let lengths: [Int32]
        let formats: [Int32]
    }

    private func withParameters<T>(of sql: SQL, _ body: (Bound) throws -> T) throws -> T {
        let parameters = sql.parameters
        return try parameters.bytes.withUnsafeBytes { bytes in
            // Pointers into `bytes`, which stays put while `body` runs. An empty buffer has no address, and a value of no
            // bytes still must not be NULL, hence the empty C string.
            try "".withCString { empty in
                let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? empty
                return try body(
                    Bound(
                        count: Int32(parameters.count), types: parameters.places.map(\.type),
                        values: parameters.places.map { $0.offset < 0 ? nil : base + $0.offset },
                        lengths: parameters.places.map { Int32($0.length) },
                        formats: parameters.places.map(\.format)))
            }
        }
    }
}
