internal import Values

/// How a file writes its amounts. Whatever could be read in two ways is refused.
public enum AmountStyle: Sendable {
    /// `-1234.50`: no marks between thousands.
    case plain
    /// `-1,234.50`, thousands marked or not.
    case decimalPoint
    /// `-1.234,50`.
    case decimalComma

    /// Zeros beyond the currency's last decimal say nothing (`500.00` of a currency without decimals); any other digit
    /// there is refused.
    ///
    /// - Throws: `ValueError` with the text as it stood in the file.
    func amount(_ text: String, _ currency: Currency) throws(ValueError) -> Money {
        let plain = try ungrouped(text, currency)
        do { return try Money(parsing: Self.withoutIdleZeros(plain, currency), currency: currency) } catch {
            throw ValueError(kind: "amount", value: text, reason: error.reason)
        }
    }

    /// With a point and without marks between thousands. Those must part every three digits, and of a currency with
    /// decimals the decimals must be there: `1,234` alone could be either.
    private func ungrouped(_ text: String, _ currency: Currency) throws(ValueError) -> String {
        let (mark, point): (Character, Character)
        switch self {
        case .plain: return text
        case .decimalPoint: (mark, point) = (",", ".")
        case .decimalComma: (mark, point) = (".", ",")
        }
        let halves = text.split(separator: point, omittingEmptySubsequences: false)
        let groups = (halves.first ?? "").split(separator: mark, omittingEmptySubsequences: false)
        if groups.count > 1 {
            let first = groups[0].drop { $0 == "-" }
            guard groups.dropFirst().allSatisfy({ $0.count == 3 }), (1...3).contains(first.count),
                halves.count == 2 || currency.exponent == 0
            else {
                throw ValueError(
                    kind: "amount", value: text,
                    reason: "it can be read in two ways; say --decimal comma or --decimal point as the file has it")
            }
        }
        guard halves.count <= 2, !halves.dropFirst().joined().contains(mark) else {
            throw ValueError(
                kind: "amount", value: text,
                reason: "its decimals are parted otherwise; say --decimal comma or --decimal point as the file has it")
        }
        return groups.joined() + (halves.count == 2 ? ".\(halves[1])" : "")
    }

    private static func withoutIdleZeros(_ text: String, _ currency: Currency) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count > currency.exponent else { return text }
        let kept = parts[1].prefix(currency.exponent)
        guard parts[1].dropFirst(currency.exponent).allSatisfy({ $0 == "0" }) else { return text }
        return kept.isEmpty ? String(parts[0]) : "\(parts[0]).\(kept)"
    }
}
