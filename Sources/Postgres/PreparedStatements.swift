/// The statements a connection has prepared, by text and parameter types; the least recently used gives way.
struct PreparedStatements {
    /// Enough for every statement of the code; a bound all the same, for statements put together from parts.
    static let limit = 500

    private struct Key: Hashable {
        let text: String
        let types: [UInt32]

        init(_ sql: SQL) {
            text = sql.text
            types = sql.parameters.places.map(\.type)
        }
    }

    private var names: [Key: (name: String, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0
    private var made = 0
    let limit: Int

    init(limit: Int = Self.limit) {
        self.limit = limit
    }

    mutating func name(of sql: SQL) -> String? {
        let key = Key(sql)
        guard let index = names.index(forKey: key) else { return nil }
        uses += 1
        names.values[index].lastUse = uses
        return names.values[index].name
    }

    mutating func nextName() -> String {
        made += 1
        return "s\(made)"
    }

    mutating func add(_ sql: SQL, name: String) {
        uses += 1
        names[Key(sql)] = (name, uses)
    }

    mutating func forget(_ sql: SQL) {
        names[Key(sql)] = nil
    }

    /// Removes the least recently used statement when there is no room for another, and says its name.
    mutating func evictIfFull() -> String? {
        guard names.count >= limit, let oldest = names.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return nil
        }
        names[oldest.key] = nil
        return oldest.value.name
    }
}
