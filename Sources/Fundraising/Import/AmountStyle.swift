internal import Values

/// How a file writes its amounts. Whatever could be read in two ways is refused.
enum AmountStyle: Sendable {
    /// `-1234.50`: no marks between thousands.
    case plain

    /// Zeros beyond the currency's last decimal say nothing (`500.00` of a currency without decimals); any other digit
    /// there is refused.
    ///
    /// - Throws: `ValueError` with the text as it stood in the file.
    func amount(_ text: String, _ currency: Currency) throws(ValueError) -> Money {
        do { return try Money(parsing: Self.withoutIdleZeros(text, currency), currency: currency) } catch {
            throw ValueError(kind: "amount", value: text, reason: error.reason)
        }
    }

    private static func withoutIdleZeros(_ text: String, _ currency: Currency) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count > currency.exponent else { return text }
        let kept = parts[1].prefix(currency.exponent)
        guard parts[1].dropFirst(currency.exponent).allSatisfy({ $0 == "0" }) else { return text }
        return kept.isEmpty ? String(parts[0]) : "\(parts[0]).\(kept)"
    }
}
