public import Postgres

/// Opens the door for imports for a while, as the role that owns the schema: nobody else may.
///
/// What an import brings in goes public without an approval, because it was public before. So the door is shut but for
/// the hour in which an archive comes in, and the role the program works as can't open it.
public struct OpenImports {
    public init() {}

    public func perform(_ owner: Connection) throws {
        try owner.run(
            """
            UPDATE editorial.import_door
            SET open_until = greatest(open_until, clock_timestamp() + interval '1 hour')
            """)
    }
}
