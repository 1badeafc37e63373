import Access
import ArgumentParser
import Editorial
import Postgres
import Terminal
import Values

struct ImageNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "image", "Pictures of the house: files, credits, alternative texts, licences.",
        verbs: [
            AddImageCommand.self, EditImageCommand.self, ListImagesCommand.self, ShowImageCommand.self,
            UsedImageCommand.self, ExpiringImagesCommand.self, ExportImageCommand.self,
        ],
        example: """
            masthead image add dam.jpg --alt "A dry valley" --photographer "Ann Example" --agency "Example Press"
            masthead image expiring --within 30
            """)
}

/// An image as the command line names it: its number.
struct ImageArgument: ParsableArguments {
    @Argument(help: "The image's number.", transform: Self.id) var image: ID<Editorial.Image>

    /// Reads "12", and "image:12" as a text names it.
    static func id(_ text: String) throws -> ID<Editorial.Image> {
        guard let id = ID<Editorial.Image>(text: text.hasPrefix("image:") ? String(text.dropFirst(6)) : text) else {
            throw ValidationError("An image is named by its number; not '\(text)'.")
        }
        return id
    }
}

/// What is said of a picture.
struct ImageWords: ParsableArguments {
    @Option(help: "What it is: photo, image, illustration or map. A photo unless given.", transform: Choice.word)
    var kind: ImageKind?
    @Option(help: "What is to be seen, for somebody who can't see it.") var alt: String?
    @Option(help: "The line under it.") var caption: String?
    @Option(help: "Where it was taken, in words.") var place: String?
    @Option(help: "When it was taken or drawn: 2026, 2026-03 or 2026-03-01.") var date: String?
    @Option(help: "Who took or drew it.") var photographer: String?
    @Option(help: "The agency that is credited.") var agency: String?
    @Option(help: "By which right it is shown.") var licence: String?
    @Option(help: "The last day on which it may be shown.") var licensedUntil: String?
    @Option(help: "What must stay in sight when it is cropped: X,Y in percent.") var focal: String?

    var change: Editorial.Image.Change {
        var change = Editorial.Image.Change()
        change.kind = kind
        change.alt = alt
        change.caption = caption
        change.place = place
        change.date = date
        change.photographer = photographer
        change.agency = agency
        change.licence = licence
        change.licensedUntil = licensedUntil
        change.focal = focal
        return change
    }
}

struct AddImageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Takes pictures into the house.",
        more: """
            PNG, JPEG, GIF, WebP or AVIF, by what is in the file, up to 20 MiB. What a camera wrote beside the picture \
            (place, time, device) is taken out, because it leads to people; --keep-location leaves the file as it is. \
            The same picture again is the same image. All files go in, or none.
            """,
        example: """
            masthead image add dam.jpg --alt "A dry valley" --photographer "Ann Example" --agency "Example Press"
            masthead image add maps/*.png --kind map --licence CC-BY-4.0
            """)
    static let access = DatabaseAccess.write
    /// Files at once, all held in memory.
    static let mostFiles = 20

    @Argument(help: "The files.", completion: .file()) var files: [String]
    @OptionGroup var words: ImageWords
    @Flag(help: "Leave in the file what a camera wrote beside the picture.") var keepLocation = false
    @OptionGroup var global: GlobalOptions

    private var pictures: [PictureFile] = []

    enum CodingKeys: String, CodingKey {
        case files, words, keepLocation, global
    }

    func validate() throws {
        guard files.count <= Self.mostFiles else { throw ValidationError("At most \(Self.mostFiles) files at once.") }
    }

    mutating func prepare(_ context: CommandContext) throws {
        pictures = try files.map { path in
            let name = String(path.split(separator: "/").last ?? "")
            let picture = try PictureFile(
                name: name, bytes: try GivenFile.bytes(path, atMost: PictureFile.longest), keepsLocation: keepLocation)
            if picture.removed.contains(.location) {
                context.tell("'\(Escape.escaped(name))' said where it was taken. That was taken out of it.")
            }
            if picture.tellsLocation {
                context.tell("'\(Escape.escaped(name))' says where it was taken, and keeps it.")
            }
            return picture
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return Output(
            ["id", "name", "type", "width", "height", "bytes", "new", "removed", "media"],
            try pictures.map { picture in
                let added = try AddImage(picture, words.change, by: actor).perform(db)
                let removed = picture.removed.map(\.rawValue).joined(separator: ", ")
                return [
                    .id(added.image.id), .text(added.image.name), .text(added.image.type),
                    .integer(added.image.size.map { Int64($0.width) }),
                    .integer(added.image.size.map { Int64($0.height) }), .integer(added.image.byteCount),
                    .bool(added.isNew), removed.isEmpty ? .null : .text(removed), .text(added.image.media),
                ]
            })
    }
}

struct EditImageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "edit", "Says something else of a picture.",
        more: """
            What isn't named stays; an empty value takes a word away. Texts that show the picture keep the words they \
            were saved with, until `article save N --refresh-images`. Only the licence counts as it is now.
            """,
        example: "masthead image edit 7 --caption \"The valley in March\" --licensed-until 2027-12-31")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ImageArgument
    @OptionGroup var words: ImageWords
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .record(of: try EditImage(target.image, words.change, by: context.actor(db)).perform(db))
    }
}

struct ShowImageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows what is said of a picture.", example: "masthead image show 7")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ImageArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .record(of: try Editorial.Image.find(db, target.image, for: context.actor(db)))
    }
}

struct ListImagesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Pictures, latest first.",
        more: "A page ends after --limit; --after with the last id gives the next.",
        example: "masthead image list --kind map")
    static let access = DatabaseAccess.read

    @Option(help: "Only of this kind.", transform: Choice.word) var kind: ImageKind?
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Begin after this id.", transform: ImageArgument.id) var after: ID<Editorial.Image>?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let images = try Editorial.Image.list(
            db, kind: kind, for: context.actor(db), after: after, limit: limit)
        return Output(
            ["id", "name", "kind", "type", "width", "height", "credit", "alt", "licensed_until", "added_at"],
            images.map { image in
                [
                    .id(image.id), .text(image.name), .text(image.words.kind.rawValue), .text(image.type),
                    .integer(image.size.map { Int64($0.width) }), .integer(image.size.map { Int64($0.height) }),
                    .text(image.credited), .text(image.words.alt), .date(image.words.licensedUntil),
                    .time(image.addedAt),
                ]
            })
    }
}

struct UsedImageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "used", "The texts that show a picture now: drafts, and what is live.", example: "masthead image used 7")
    static let access = DatabaseAccess.read
    /// Uses listed, live ones first.
    static let most = 1_000

    @OptionGroup var target: ImageArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let image = try Editorial.Image.find(db, target.image, for: actor)
        let uses = try ImageUse.list(db, [image.id], for: actor, limit: Self.most)
        return Output(
            ["article", "title", "revision", "placement", "live", "url"],
            uses.map { use in
                [
                    .id(use.article), .text(use.title), .integer(use.revision), .text(use.placement),
                    .bool(use.path != nil), .text(use.path),
                ]
            })
    }
}

struct ExpiringImagesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "expiring", "Pictures whose licence is over or soon will be, and the texts that show them.",
        more: "A line for each text; a picture that no text shows has one line without.",
        example: "masthead image expiring --within 30")
    static let access = DatabaseAccess.read

    @Option(help: "Days to look ahead, up to 3660.") var within: Int = 30
    @Option(help: "At most so many pictures, up to 1000.") var limit: Int = 200
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (0...3_660).contains(within) else { throw ValidationError("--within is between 0 and 3660 days.") }
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let endings = try ImageLicences.ending(db, withinDays: within, for: context.actor(db), limit: limit)
        return Output(
            ["id", "name", "licensed_until", "over", "article", "title", "live", "url"],
            endings.flatMap { ending -> [[Field]] in
                let image: [Field] = [
                    .id(ending.image.id), .text(ending.image.name), .date(ending.image.words.licensedUntil),
                    .bool(ending.isOver),
                ]
                guard !ending.uses.isEmpty else { return [image + [.null, .null, .bool(false), .null]] }
                return ending.uses.map { use in
                    image + [.id(use.article), .text(use.title), .bool(use.path != nil), .text(use.path)]
                }
            })
    }
}

struct ExportImageCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "export", "Writes a picture's file.", more: "A file that is there is never replaced.",
        example: "masthead image export 7 --to dam.jpg")

    @OptionGroup var target: ImageArgument
    @Option(help: "The file to write.", completion: .file()) var to: String
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let image = target.image
        let bytes = try await context.database.read { db in
            try Editorial.Image.bytes(db, image, for: context.actor(db))
        }
        do throws(StreamError) { try NewFile.write(bytes, to: to) } catch {
            let reason = error.isExisting ? "it is there already" : "\(error)"
            throw Failure(.cannotWrite, "cannot_write", "'\(Escape.escaped(to))' can't be written: \(reason).")
        }
        return .record([("id", .id(image)), ("file", .text(to)), ("bytes", .integer(Int64(bytes.count)))])
    }
}

extension Output {
    fileprivate static func record(of image: Editorial.Image) -> Output {
        let words = image.words
        return .record([
            ("id", .id(image.id)), ("name", .text(image.name)), ("kind", .text(words.kind.rawValue)),
            ("type", .text(image.type)), ("width", .integer(image.size.map { Int64($0.width) })),
            ("height", .integer(image.size.map { Int64($0.height) })), ("bytes", .integer(image.byteCount)),
            ("alt", .text(words.alt)), ("caption", .text(words.caption)), ("place", .text(words.place)),
            ("date", .text(words.date)), ("photographer", .text(words.photographer)),
            ("agency", .text(words.agency)), ("credit", .text(image.credited)), ("licence", .text(words.licence)),
            ("licensed_until", .date(words.licensedUntil)), ("focal", .text(words.focal?.text)),
            ("version", .integer(image.version)), ("added_by", .text(image.addedBy.text)),
            ("added_at", .time(image.addedAt)), ("changed_at", .time(image.changedAt)),
            ("media", .text(image.media)),
        ])
    }
}
