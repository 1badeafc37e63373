import Audience

extension Failure {
    /// What the audience module refused.
    static func audience(_ error: AudienceError) -> Failure {
        switch error {
        case .unknownSite(let host, let known):
            let list = known.isEmpty ? "Nothing was counted yet" : "Known: " + known.prefix(20).joined(separator: ", ")
            return Failure(.notFound, "unknown_site", "No views of '\(Escape.escaped(host))' were counted. \(list).")
        case .contended(let path):
            return Failure(
                .tryAgain, "contended",
                "Others keep importing '\(Escape.escaped(path))'. Run it again; nothing is lost.")
        case .damagedState(let what):
            return Failure(
                .fault, "damaged_state", "The stored \(what) can't be read: the database is damaged or newer than this."
            )
        case .periodGranularity(let period, let wanted):
            return Failure(
                .badData, "bad_period",
                "'\(period)' is no \(wanted); compare a \(wanted) with a \(wanted), or years by --average-month.")
        case .futurePeriod(let period):
            return Failure(.badData, "future_period", "'\(period)' isn't over yet.")
        case .unknownEntry(let kind, let id):
            return Failure(.notFound, "unknown_entry", "There is no \(kind) \(id); the list says which there are.")
        case .nothingCounted(let period):
            return Failure(
                .notFound, "nothing_counted", "No line of \(period) was counted; there is nothing to close.")
        case .tooManyPeriods(_, let limit):
            return Failure(
                .badData, "too_many_periods", "That is more than \(limit) lines. Narrow it with --from and --to.")
        case .spoolGone(let path, let records):
            return Failure(
                .refused, "spool_gone",
                "\(records) records of '\(Escape.escaped(path))' were removed before this database counted them. Put the "
                    + "segments back, or go on without them by --skip-missing.")
        default: return history(error)
        }
    }

    /// What was refused of other meters' history, and of words about it.
    private static func history(_ error: AudienceError) -> Failure {
        switch error {
        case .falseAsWorded(let wording, let reason):
            Failure(
                .refused, "false_as_worded",
                "The sentence would be false as worded ('\(wording)'): \(reason). Choose another --wording.")
        case .badHistory(let name, let mistakes, let more):
            Failure(
                .badData, "bad_history",
                "'\(Escape.escaped(name))' can't be imported; nothing changed. "
                    + mistakes.map { Escape.escaped("\($0)") }.joined(separator: "; ")
                    + (more > 0 ? "; and \(more) more" : "") + ".")
        case .historyTooLarge(let name, let limit):
            Failure(
                .badData, "history_too_large",
                "'\(Escape.escaped(name))' has more than \(limit) bytes. Import it in parts; nothing changed.")
        case .unknownMeter(let name, let site, let known):
            Failure(
                .notFound, "unknown_meter",
                "No meter '\(Escape.escaped(name))' of '\(Escape.escaped(site))' was imported. "
                    + (known.isEmpty ? "There is none." : "There are: \(known.joined(separator: ", ")).")
            )
        case .historyDiffers(let meter, let day, let line):
            Failure(
                .refused, "history_differs",
                "Line \(line) says something else of \(day) than the meter '\(meter)' has; nothing changed. "
                    + "--replace puts the file in the place of all that it has.")
        case .meterFormat(let meter, let format):
            Failure(
                .refused, "meter_format",
                "The meter '\(meter)' was imported from \(format). Name another meter for what another program counted."
            )
        default: rebuild(error)
        }
    }

    /// What was refused of counting a month anew.
    private static func rebuild(_ error: AudienceError) -> Failure {
        switch error {
        case .sameLog(let path, let other):
            Failure(
                .badData, "same_log",
                "'\(Escape.escaped(path))' begins as '\(Escape.escaped(other))' does: it is a copy or an earlier state of "
                    + "it. Give the longer one alone; nothing changed.")
        case .notCounted(let path):
            Failure(
                .refused, "not_counted",
                "'\(Escape.escaped(path))' has lines that weren't imported, and would be counted twice when they are. "
                    + "Import it, then rebuild; nothing changed.")
        case .archiveCoversLess(let month, let hours):
            Failure(
                .refused, "archive_covers_less",
                "The logs have fewer lines than were counted in \(hours) hours of \(month); nothing changed. Give all logs "
                    + "of the month, or say --partial to go by these.")
        case .closedWithoutReason(let month):
            Failure(
                .refused, "reason_missing",
                "\(month) is closed: its figures were given out. Say with --reason why they change; nothing changed.")
        default: Failure(.fault, "fault", "Views refused for a reason without words: \(error).")
        }
    }

    static func spool(_ error: SpoolError) -> Failure {
        switch error {
        case .full(let path):
            return Failure(
                .tryAgain, "disk_full", "There is no room for '\(Escape.escaped(path))'. Make room, and go on.")
        case .overloaded(let limit):
            return Failure(.tryAgain, "overloaded", "More than \(limit) bytes wait for the disk. Try again.")
        case .inUse(let path):
            return Failure(
                .tryAgain, "spool_in_use",
                "Another collector writes to '\(Escape.escaped(path))'. Name another --spool.")
        case .damaged(let path, let at):
            return Failure(
                .badData, "damaged_spool",
                "'\(Escape.escaped(path))' is damaged at byte \(at): records that were acknowledged are lost behind it."
            )
        case .gone(let path):
            return Failure(.notFound, "spool_gone", "The segment '\(Escape.escaped(path))' isn't there any more.")
        case .refused(let path, let reason):
            return Failure(.notFound, "spool", "'\(Escape.escaped(path))': \(reason).")
        case .tooLarge, .closed:
            return Failure(.fault, "fault", "The spool refused what it should take: \(error).")
        }
    }

    static func log(_ error: LogSourceError) -> Failure {
        switch error {
        case .unreadable(let path, let reason):
            return Failure(
                .notFound, "unreadable", "'\(Escape.escaped(path))' can't be read: \(reason). Nothing changed.")
        case .notAFile(let path):
            return Failure(.badData, "not_a_file", "'\(Escape.escaped(path))' is no file. Nothing changed.")
        case .damaged(let path, let reason):
            return Failure(
                .badData, "damaged_log",
                "'\(Escape.escaped(path))' is damaged: \(reason). Whole batches before the damage stay counted; a good "
                    + "copy goes on from there.")
        case .notALog(let path):
            return Failure(
                .badData, "not_a_log",
                "'\(Escape.escaped(path))' is no access log in the combined or common format: none of its first lines "
                    + "reads as one. Nothing changed.")
        case .shorter(let path):
            return Failure(.tryAgain, "shorter", "'\(Escape.escaped(path))' became shorter while it was read.")
        }
    }
}
