/// A line of a text in which some of it is coloured.
struct PaintedLine: Sendable {
    enum Colour: Sendable {
        case removed, removedWord, inserted, insertedWord, place

        /// Select Graphic Rendition, ECMA-48: red, green, cyan; words in reverse.
        var code: String {
            switch self {
            case .removed: "31"
            case .removedWord: "31;7"
            case .inserted: "32"
            case .insertedWord: "32;7"
            case .place: "36"
            }
        }
    }

    struct Piece: Sendable {
        let text: String
        var colour: Colour?
        /// What stands around it where there are no colours.
        var marks: (start: String, end: String) = ("", "")
    }

    let pieces: [Piece]

    /// Without colours, nothing escaped.
    var plain: String { pieces.map { $0.marks.start + $0.text + $0.marks.end }.joined() }

    /// With colours. What would act on the line or the terminal is made visible in every piece before it is painted.
    var coloured: String {
        pieces.filter { !$0.text.isEmpty }.map { piece in
            let text = Escape.escapedLine(piece.text)
            return piece.colour.map { "\u{1b}[\($0.code)m\(text)\u{1b}[0m" } ?? text
        }.joined()
    }
}
