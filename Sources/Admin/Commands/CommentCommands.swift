public import ArgumentParser
public import Editorial
import Postgres
import Values

struct CommentNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "comment", "What is said about passages of a text; it stays with them through edits.",
        verbs: [
            AddCommentCommand.self, ReplyCommentCommand.self, ResolveCommentCommand.self, ReopenCommentCommand.self,
            ListCommentsCommand.self,
        ],
        example: """
            masthead comment add 12 --quote "stood there" --text "Since when?"
            masthead comment list 12 --open
            """)
}

struct AddCommentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Says something about a passage, or about the whole text.",
        more: """
            The passage is quoted in whole words as they stand in the text; where lines break doesn't matter. A \
            blocking comment keeps every publication in until it is resolved. With --revision it is about that text, \
            and shows where the passage stands in the current one.
            """,
        example: """
            masthead comment add 12 --quote "stood there" --text "Since when?"
            masthead comment add 12 --field title --quote dam --text "Which?" --blocking
            masthead comment add 12 --text "Reads well, too long by a third."
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The passage; without one it is about the whole text.") var quote: String?
    @Option(help: "title, dek or body.") var field: Comment.Field = .body
    @Option(help: "Which of several equal passages, from 1.") var occurrence: Int?
    @Option(help: "What to say.") var text: String
    @Flag(help: "Nothing goes out until this is resolved.") var blocking = false
    @Option(help: "The revision that was read.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard quote != nil || occurrence == nil else {
            throw ValidationError("--occurrence says which --quote is meant, and there is none.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let passage = quote.map { AddComment.Passage($0, field: field, occurrence: occurrence) }
        let comment = try AddComment(
            target.id(db), on: passage, text: text, isBlocking: blocking, revision: revision, by: actor
        ).perform(db)
        return .comments([try Comments.find(db, comment.id, for: actor)])
    }
}

/// A comment, by the number that `comment list` shows.
struct CommentArgument: ParsableArguments {
    @Argument(help: "The comment's number.", transform: Self.id) var comment: ID<Comment>

    private static func id(_ text: String) throws -> ID<Comment> {
        guard let id = ID<Comment>(text: text) else {
            throw ValueError(kind: "comment", value: text, reason: "write its number, as in 7")
        }
        return id
    }
}

struct ReplyCommentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "reply", "Answers a comment, in its thread.",
        example: "masthead comment reply 7 --text \"Since 1911; the archive has it.\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommentArgument
    @Option(help: "What to say.") var text: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let reply = try ReplyComment(to: target.comment, text: text, by: actor).perform(db)
        return .comments([try Comments.find(db, reply.id, for: actor)])
    }
}

struct ResolveCommentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "resolve", "Marks a thread as seen to.",
        more: "A blocking one is resolved by whoever made it or may review; any other also by whoever writes the text.",
        example: "masthead comment resolve 7")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommentArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let thread = try MarkComment(target.comment, .resolved, by: actor).perform(db)
        return .comments([try Comments.find(db, thread.id, for: actor)])
    }
}

struct ReopenCommentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "reopen", "Takes up a resolved thread again.", example: "masthead comment reopen 7")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommentArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let thread = try MarkComment(target.comment, .reopened, by: actor).perform(db)
        return .comments([try Comments.find(db, thread.id, for: actor)])
    }
}

struct ListCommentsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "The comments of an article, thread by thread, where they stand in the text.",
        more: """
            place is kept when the words are there as quoted, changed when some were edited (now_reads shows them), \
            orphaned when they are gone; line counts from the beginning of its field.
            """,
        example: "masthead comment list 12 --open")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @Flag(help: "Only threads that aren't resolved.") var open = false
    @Option(help: "Where they stand in another text than the current one.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .comments(
            try Comments.list(db, target.id(db), openOnly: open, revision: revision, for: context.actor(db)))
    }
}

extension Output {
    fileprivate static func comments(_ lines: [Comments.Line]) -> Output {
        Output(
            [
                "id", "thread", "state", "blocking", "field", "line", "place", "quote", "now_reads", "text", "by", "at",
                "made_on", "revision", "resolved_by", "resolved_at",
            ],
            lines.map { line in
                let comment = line.comment
                return [
                    .id(comment.id), .id(comment.thread ?? comment.id), .text(comment.isOpen ? "open" : "resolved"),
                    .bool(comment.isBlocking), .text(comment.quotation?.field.rawValue),
                    .integer((line.place?.line).map(Int64.init)), .text(line.place?.state.rawValue),
                    .text(comment.quotation?.quote), .text(line.place?.text), .text(comment.text),
                    .text(comment.by.text), .time(comment.at), .integer(comment.revision), .integer(line.revision),
                    .text(comment.resolvedBy?.text), .time(comment.resolvedAt),
                ]
            })
    }
}

extension Comment.Field: ExpressibleByArgument {}
