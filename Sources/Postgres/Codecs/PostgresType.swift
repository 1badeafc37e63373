/// How a parameter is announced to the server. Numbers from PostgreSQL's `pg_type.dat`.
public struct PostgresType: Hashable, Sendable {
    /// The type's number; 0 leaves it to the server to infer.
    public let oid: UInt32
    let format: Int32

    static let textFormat: Int32 = 0
    static let binaryFormat: Int32 = 1

    static func binary(_ oid: UInt32) -> PostgresType { PostgresType(oid: oid, format: binaryFormat) }

    public static let bool = binary(OID.bool)
    public static let bytea = binary(OID.bytea)
    public static let int8 = binary(OID.int8)
    public static let float8 = binary(OID.float8)
    public static let date = binary(OID.date)
    public static let timestamptz = binary(OID.timestamptz)
    public static let uuid = binary(OID.uuid)
    /// jsonb as its text: the server parses it, and refuses it when it is none.
    public static let jsonb = PostgresType(oid: OID.jsonb, format: textFormat)
    /// Text whose type the server infers from its place: text, an enum, a domain.
    public static let inferred = PostgresType(oid: 0, format: textFormat)
}

enum OID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802

    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let nameArray: UInt32 = 1003
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let varcharArray: UInt32 = 1015
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let dateArray: UInt32 = 1182
    static let timestamptzArray: UInt32 = 1185
    static let uuidArray: UInt32 = 2951
    static let jsonbArray: UInt32 = 3807

    private static let names: [UInt32: String] = [
        bool: "boolean", bytea: "bytea", char: "\"char\"", name: "name", int8: "bigint", int2: "smallint",
        int4: "integer", text: "text", oid: "oid", json: "json", float8: "double precision", bpchar: "character",
        varchar: "character varying", date: "date", 1114: "timestamp without time zone",
        timestamptz: "timestamp with time zone", numeric: "numeric (cast it to bigint)", uuid: "uuid", jsonb: "jsonb",
        boolArray: "boolean[]", byteaArray: "bytea[]", int4Array: "integer[]", textArray: "text[]",
        int8Array: "bigint[]", dateArray: "date[]", timestamptzArray: "timestamptz[]", uuidArray: "uuid[]",
    ]

    static func describe(_ oid: UInt32) -> String { names[oid] ?? "type \(oid)" }
}
