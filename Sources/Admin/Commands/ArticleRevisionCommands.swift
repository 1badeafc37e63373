import Access
import ArgumentParser
import Editorial
import Postgres
import Values

struct TextOfArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "text", "The Markdown of an article, and nothing else.",
        more: "Into a file it goes to the byte, so that saving the file again changes nothing.",
        example: """
            masthead article text 12 > draft.md
            masthead article save 12 --body draft.md --base 4
            """)
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @Option(help: "Another text than the current one.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let line = try Articles.find(db, target.id(db), for: context.actor(db))
        guard let text = try Articles.revision(db, of: line, number: revision) else {
            throw EditorialError.nothingSaved(line.article.id)
        }
        return .verbatim(text.content.body)
    }
}

struct RevisionsOfArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "revisions", "The texts an article ever had, latest first.",
        more: "A page ends after --limit; --before with the last number gives the next.",
        example: "masthead article revisions 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Only those before this number.") var before: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let saves = try History.revisions(
            db, target.id(db), for: context.actor(db), before: before, limit: limit)
        return Output(
            ["revision", "parent", "saved_at", "by", "current", "live", "headline", "note", "hash"],
            saves.map { save in
                [
                    .integer(save.number), .integer(save.parent.map(Int64.init)), .time(save.at), .text(save.by.text),
                    .bool(save.isCurrent), .bool(save.isLive), .text(save.title), .text(save.note),
                    .text(save.hashText),
                ]
            })
    }
}

struct DiffArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "diff", "What changed between two texts, in every field.",
        more: """
            Without numbers: from the text before to the current one. With --words the changed words are marked in \
            their lines, [-so-] and {+so+}, or by colour where there is one.
            """,
        example: """
            masthead article diff 12 3 5
            masthead article diff 12 --words --color always | less -R
            """)
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @Argument(help: "The revision to start from.") var from: Int?
    @Argument(help: "The revision to end at; the current one unless given.") var to: Int?
    @Flag(help: "Mark the words that changed inside changed lines.") var words = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let article = try Article.find(db, target.id(db), for: actor)
        guard let end = to ?? article.head else { throw EditorialError.nothingSaved(article.id) }
        let start = from ?? max(1, end - 1)
        let diff = try History.diff(db, article.id, from: start, to: end, byWord: words, for: actor)
        return .painted(diff.lines.map(\.painted))
    }
}

extension Diff.Line {
    var painted: PaintedLine {
        let (colour, word, marks): (PaintedLine.Colour?, PaintedLine.Colour?, (String, String)) =
            switch kind {
            case .place, .remark: (.place, .place, ("", ""))
            case .kept: (nil, nil, ("", ""))
            case .removed: (.removed, .removedWord, ("[-", "-]"))
            case .inserted: (.inserted, .insertedWord, ("{+", "+}"))
            }
        let words = pieces.map { piece -> PaintedLine.Piece in
            if piece.isChanged { return PaintedLine.Piece(text: piece.text, colour: word, marks: marks) }
            return PaintedLine.Piece(text: piece.text, colour: colour)
        }
        return PaintedLine(pieces: [PaintedLine.Piece(text: mark, colour: colour)] + words)
    }
}
