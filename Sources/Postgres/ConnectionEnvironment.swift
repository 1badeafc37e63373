import CLibPQ

/// A connection's address as libpq's environment variables (PGHOST, PGPASSWORD, …), to hand it to psql or pg_dump: what
/// stands among a program's arguments can be read by every user of the machine.
public enum ConnectionEnvironment {
    /// The variables for `url`, a URI or keyword string.
    ///
    /// - Throws: `PostgresError.connection` when it is neither.
    public static func variables(of url: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            // libpq's message may quote the address, password and all: it is freed unread.
            PQfreemem(message)
            throw .connection("the address is neither a postgresql:// URI nor a list of keyword=value")
        }
        defer { PQconninfoFree(options) }
        var variables: [String: String] = [:]
        var option = options
        // The list ends with an entry without a keyword.
        while option.pointee.keyword != nil {
            if let value = option.pointee.val, let name = option.pointee.envvar {
                variables[String(cString: name)] = String(cString: value)
            }
            option += 1
        }
        return variables
    }
}
