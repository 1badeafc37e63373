/// What a page was read on, as far as the user agent says. A tablet that asks for the pages of a computer, as iPads do
/// unless they are told otherwise, is counted as one.
public enum DeviceClass: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case unknown = 0, computer, phone, tablet

    public var word: String { "\(self)" }

    /// How many there are.
    static let count = 4

    /// Words of systems and of browsers, looked for in one pass: a phone's agent also says what its system stems from, and
    /// Android's own rule is that what doesn't say "Mobile" has a large screen.
    init(agent: ByteRange) {
        var (isTablet, isPhone, isAndroid, isComputer) = (false, false, false, false)
        for offset in 0..<agent.count {
            switch ByteRange.folded(agent[offset]) {
            case UInt8(ascii: "i"):
                let rest = agent.from(offset)
                isTablet = isTablet || rest.hasPrefixFolded("ipad")
                isPhone = isPhone || rest.hasPrefixFolded("iphone") || rest.hasPrefixFolded("ipod")
            case UInt8(ascii: "t"): isTablet = isTablet || agent.from(offset).hasPrefixFolded("tablet")
            case UInt8(ascii: "k"): isTablet = isTablet || agent.from(offset).hasPrefixFolded("kindle")
            case UInt8(ascii: "s"): isTablet = isTablet || agent.from(offset).hasPrefixFolded("silk/")
            case UInt8(ascii: "o"): isPhone = isPhone || agent.from(offset).hasPrefixFolded("opera mini")
            case UInt8(ascii: "m"):
                let rest = agent.from(offset)
                isPhone = isPhone || rest.hasPrefixFolded("mobile")
                isComputer = isComputer || rest.hasPrefixFolded("macintosh")
            case UInt8(ascii: "w"):
                let rest = agent.from(offset)
                isPhone = isPhone || rest.hasPrefixFolded("windows phone")
                isComputer = isComputer || rest.hasPrefixFolded("windows nt")
            case UInt8(ascii: "a"): isAndroid = isAndroid || agent.from(offset).hasPrefixFolded("android")
            case UInt8(ascii: "x"): isComputer = isComputer || agent.from(offset).hasPrefixFolded("x11")
            case UInt8(ascii: "c"): isComputer = isComputer || agent.from(offset).hasPrefixFolded("cros ")
            case UInt8(ascii: "l"): isComputer = isComputer || agent.from(offset).hasPrefixFolded("linux")
            default: break
            }
        }
        self = isTablet ? .tablet : isPhone ? .phone : isAndroid ? .tablet : isComputer ? .computer : .unknown
    }
}
