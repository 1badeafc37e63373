import Access
import ArgumentParser
import Editorial
import Postgres
import Terminal
import Values

struct SaveArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "save", "Saves a text as the next revision.",
        more: """
            What isn't named stays as it is; an empty value takes an optional field away. Once there is a revision, \
            --base says which one was read: if somebody saved in between, nothing is written, the difference is shown, \
            and a text from standard input is kept in a file.

            The Markdown names pictures of the house as ![what is to be seen](image:12). They keep the credit and \
            caption they were first saved with until --refresh-images.
            """,
        example: """
            masthead article save 12 --body draft.md --byline ann-example --byline bo-example:photographer
            masthead article save 12 --body - --base 3 < draft.md
            masthead article save 12 --lead-image 7 --teaser "Why the dam isn't there" --base latest
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The headline.") var title: String?
    @Option(help: "The line under the headline.") var dek: String?
    @Option(help: "The text in Markdown: a file, or - for standard input.") var body: TextSource?
    @Option(help: "Who is credited, in order: SLUG or SLUG:ROLE.", transform: SaveRevision.Credit.init)
    var byline: [SaveRevision.Credit] = []
    @Option(help: "The last part of its address.", transform: Slug.init) var slug: Slug?
    @OptionGroup var words: WordsOfRevision
    @Option(help: "The picture on top: an image's number, or none.", transform: Self.lead)
    var leadImage: SaveRevision.Pictures.Lead?
    @Option(
        help: "A picture at the end of the text, unless the text names it: an image's number.", transform: Self.image)
    var inlineImage: [ID<Editorial.Image>] = []
    @Flag(help: "Take the words that all its pictures have now.") var refreshImages = false
    @Option(help: "The revision this was made from: its number, or latest.", transform: SaveRevision.Base.init(word:))
    var base: SaveRevision.Base?
    @Option(help: "A note for the history.") var note: String?
    @OptionGroup var global: GlobalOptions

    private static func lead(_ text: String) throws -> SaveRevision.Pictures.Lead {
        text == "none" ? .none : .image(try image(text))
    }

    private static func image(_ text: String) throws -> ID<Editorial.Image> { try ImageArgument.id(text) }

    mutating func prepare(_ context: CommandContext) throws {
        try body?.read(context)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var change = SaveRevision.Change(
            title: title, dek: dek, body: try body?.text(), bylines: byline.isEmpty ? nil : byline, slug: slug,
            note: note)
        words.put(into: &change)
        change.pictures.lead = leadImage
        change.pictures.inline = inlineImage
        change.pictures.refreshed = refreshImages
        let actor = try context.actor(db)
        return .saved(try SaveRevision(target.id(db), change, base: base, by: actor).perform(db))
    }

    /// A text that came through a pipe is nowhere else: it is put into a file beside, and the message says where.
    func failed(_ error: any Error, _ context: CommandContext) -> any Error {
        guard case EditorialError.changedMeanwhile(let conflict) = error, let body, let text = try? body.text() else {
            return error
        }
        let failure = Failure(error)
        let safe: String
        if let path = body.path {
            safe = "Your text is safe in '\(Escape.escaped(path))'."
        } else {
            safe = UnsavedText(text).kept(for: conflict.article, context)
        }
        return Failure(failure.exit, failure.word, failure.message + " " + safe, details: failure.details)
    }
}

/// The fields of a text besides headline, dek and body.
struct WordsOfRevision: ParsableArguments {
    @Option(help: "The line over the headline, instead of kind and section.") var kicker: String?
    @Option(help: "What lists say of it.") var teaser: String?
    @Option(help: "The headline where there is little room.") var shortHeadline: String?
    @Option(help: "The headline on other sites.") var socialTitle: String?
    @Option(help: "The text on other sites.") var socialText: String?
    @Option(help: "What readers should know of who wrote it.") var disclosure: String?
    @Option(name: .customLong("tag"), help: "A topic; once for each. An empty one takes all away.")
    var tags: [String] = []

    func put(into change: inout SaveRevision.Change) {
        change.kicker = kicker
        change.teaser = teaser
        change.shortHeadline = shortHeadline
        change.socialTitle = socialTitle
        change.socialText = socialText
        change.disclosure = disclosure
        change.tags = tags.isEmpty ? nil : tags.filter { !$0.isEmpty }
    }
}

struct RestoreArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "restore", "Makes an older text the current one, as a new revision.",
        more: """
            Nothing goes live by it: the restored text is reviewed and approved like any other, and what was scheduled \
            for the article is cancelled.
            """,
        example: "masthead article restore 12 --revision 3 --base 5")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The revision to bring back.") var revision: Int
    @Option(
        help: "The current revision, as it was read: its number, or latest.", transform: SaveRevision.Base.init(word:))
    var base: SaveRevision.Base?
    @Option(help: "A note for the history.") var note: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .saved(
            try RestoreRevision(target.id(db), revision: revision, base: base, note: note, by: actor).perform(db))
    }
}

struct CompleteImageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "image", "Says which of the house's pictures an imported one is, as a new revision.",
        more: """
            The text keeps naming it by its old address; the page shows the house's picture with its credit, caption \
            and alternative text. What is written beside the address in the text stays.
            """,
        example: "masthead article image 12 --source /assets/blog/dam.jpg --with 7 --base 3")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The address the text names it by, as it was imported.") var source: String
    @Option(name: .customLong("with"), help: "The image's number.", transform: ImageArgument.id)
    var image: ID<Editorial.Image>
    @Option(help: "The revision this was made from: its number, or latest.", transform: SaveRevision.Base.init(word:))
    var base: SaveRevision.Base?
    @Option(help: "A note for the history.") var note: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var change = SaveRevision.Change(note: note)
        change.pictures.completed = [.init(source: source, image: image)]
        let actor = try context.actor(db)
        return .saved(try SaveRevision(target.id(db), change, base: base, by: actor).perform(db))
    }
}

/// A text that couldn't be saved.
private struct UnsavedText {
    /// Names tried in one folder.
    private static let mostNames = 100
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Writes it into the current folder, or else the temporary one, replacing nothing. Says where it is.
    func kept(for article: ID<Article>, _ context: CommandContext) -> String {
        let temporary = context.surroundings.environment["TMPDIR"] ?? "/tmp"
        for folder in [context.surroundings.folder, temporary] {
            for number in 1...Self.mostNames {
                let name = "article-\(article)-unsaved" + (number == 1 ? "" : "-\(number)") + ".md"
                let path = folder == "." ? name : folder + "/" + name
                do throws(StreamError) {
                    try NewFile.write(bytes, to: path, isPrivate: true)
                    return "Your text is in '\(Escape.escaped(path))'."
                } catch {
                    // A name that is taken asks for the next one; anything else for the other folder.
                    guard error.isExisting else { break }
                }
            }
        }
        return "Your text could be kept neither here nor in \(Escape.escaped(temporary)): take it from where it came."
    }
}

extension SaveRevision.Base {
    /// Reads a revision's number, or "latest".
    init(word text: String) throws {
        if text == "latest" {
            self = .latest
        } else {
            guard let number = Int(text), number >= 0 else {
                throw ValidationError("--base is a revision's number, or latest; not '\(text)'.")
            }
            self = .revision(number)
        }
    }
}

extension Output {
    /// What a save answers.
    static func saved(_ saved: SaveRevision.Saved) -> Output {
        .record([
            ("id", .id(saved.revision.article)), ("revision", .integer(saved.revision.number)),
            ("hash", .text(saved.revision.hashText)), ("new", .bool(saved.isNew)),
        ])
    }
}
