import ArgumentParser
import Editorial
import Postgres
import Values

struct WhyArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "why", "Says why an article did or didn't go out, and who could mend what.",
        more: """
            What keeps the current text in (block), what was said yes to and doesn't count (approval), the steps that \
            lead on (next), its schedules, and what moved when (moved). The column who names roles, or whoever did it.
            """,
        example: "masthead article why 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let why = try Why.find(db, target.id(db), for: context.actor(db))
        var rows: [[Field]] = [Self.state(of: why)]
        rows += why.blocks.map(Self.row)
        rows += why.doubts.map(Self.row)
        rows += why.steps.map { step in
            [
                .text("next"), .text(step.step.rawValue), .text("leads to '\(step.to.rawValue)'"), .null,
                .text(step.roles.joined(separator: " ")), .null,
            ]
        }
        rows += why.schedules.map(Self.row)
        rows += why.movements.map(Self.row)
        return Output(["what", "name", "text", "mend", "who", "at"], rows)
    }

    private static func state(of why: Why) -> [Field] {
        let article = why.article
        var text = article.head.map { "revision \($0)" } ?? "there is no text yet"
        if let status = article.publicStatus { text += "; the public has a text that is \(status.rawValue)" }
        if let home = why.home { text += "; held from '\(home.rawValue)'" }
        if why.blocks.allSatisfy({ $0.isOverridden }), article.head != nil { text += "; nothing keeps this text in" }
        return [
            .text("state"), .text(article.status.rawValue), .text(text), .null, .null, .time(article.changedAt),
        ]
    }

    private static func row(_ block: Why.Block) -> [Field] {
        var mend = advice(block.rule)
        if block.isOverridden {
            mend = "An override lets this text out all the same."
        } else if block.isOverridable {
            mend += " Or `override give`, with a reason."
        }
        return [
            .text("block"), .text(block.rule), .text(block.message), .text(mend),
            .text(block.roles.joined(separator: " ")), .null,
        ]
    }

    private static func advice(_ rule: String) -> String {
        switch rule {
        case "release_approved": "`approval give` by somebody who may; an author's is `approval give --kind author`."
        case "release_people":
            "Another person's yes: an author hands it in (`article submit`), or another editor says `approval give`."
        case "release_disclosure": "Save the text with a disclosure line."
        case "release_comments": "`comment resolve` each of them, or have it resolved."
        case "release_checklist": "`checklist tick` each item, having looked."
        case "release_embargoed": "Wait, or have the embargo lifted."
        case "release_held": "`article resume`."
        case "release_killed": "`article revive`."
        default: rule.hasPrefix("image_") ? "Complete the picture and save the text." : "See the message."
        }
    }

    private static func row(_ doubt: Why.Doubt) -> [Field] {
        let (text, mend) =
            switch doubt.fault {
            case .olderText:
                (
                    "was given for revision \(doubt.revision), which was changed since",
                    "Have the current text read, and `approval give` again."
                )
            case .ownText:
                ("is of somebody who saved this text or is bylined on it", "Ask somebody who did neither.")
            case .otherSection:
                ("was given for another section than the article is in now", "Ask an editor of this section.")
            case .byLink: ("was given by a link, which the policy doesn't count", "Ask somebody with an account.")
            case .takenBack:
                (
                    "was given before changes to this very text were asked for",
                    "Change the text, or `approval give` again."
                )
            }
        return [
            .text("approval"), .text(doubt.kind.rawValue), .text(text), .text(mend), .text(doubt.who?.text),
            .time(doubt.at),
        ]
    }

    private static func row(_ schedule: Why.Schedule) -> [Field] {
        [
            .text("schedule"), .text(schedule.state),
            .text(
                "\(schedule.action) of revision \(schedule.revision)" + (schedule.message.map { ": \($0)" } ?? "")),
            .null, .text(schedule.who.text), .time(schedule.due),
        ]
    }

    private static func row(_ movement: Why.Movement) -> [Field] {
        [
            .text("moved"), .text(movement.to.rawValue),
            .text("from '\(movement.from.rawValue)'" + (movement.reason.map { ": \($0)" } ?? "")), .null,
            .text(movement.who?.text), .time(movement.at),
        ]
    }
}
