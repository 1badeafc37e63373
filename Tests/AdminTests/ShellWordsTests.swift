import Terminal
import Testing

@testable import Admin

struct ShellWordsTests {
    private func words(_ line: String) throws -> [String] { try ShellWords(line).words }

    @Test func quotingIsThatOfAPOSIXShell() throws {
        #expect(try words("  article   pitch\t--title 'It''s rain' ") == ["article", "pitch", "--title", "Its rain"])
        #expect(try words(#"a "b \"c\" \\ \$ \n 'd'" e\ f 'g\'"#) == ["a", #"b "c" \ $ \n 'd'"#, "e f", #"g\"#])
        #expect(try words(#"'' "" x"#) == ["", "", "x"])
        #expect(try words("a $HOME * `date` ~ b#c # comment 'open") == ["a", "$HOME", "*", "`date`", "~", "b#c"])
        #expect(try words("# only").isEmpty)
        #expect(try words("#\"").isEmpty)
    }

    @Test func aQuoteMustCloseOnItsLine() {
        #expect(throws: Failure.self) { try ShellWords("a 'b") }
        #expect(throws: Failure.self) { try ShellWords("a \"b\\\"") }
    }

    @Test func aTrailingBackslashJoinsTheNextLine() throws {
        #expect(try ShellWords("a b\\").continues)
        #expect(try !ShellWords("a b\\\\").continues)
        #expect(try !ShellWords("a # b\\").continues)
    }

    @Test func hereDocumentsBelongToTheOptionBeforeThem() throws {
        let expected = [ShellWords.HereDocument(word: 3, delimiter: "END")]
        for line in [
            "article save 1 --body <<END", "article save 1 --body << END", "article save 1 --body=<<'END'",
            "article save 1 --body <<\"END\" # x", "article save 1 --body - <<END",
        ] {
            let cut = try ShellWords(line)
            #expect(cut.hereDocuments == expected)
            #expect(cut.filled(with: ["- x\n"]) == ["article", "save", "1", "--body=- x\n"])
        }
        for line in [
            "article save <<END", "a --b <<", "a --b <<'END", "a --b <<E-D", "a --b x<<END", "a --b=c <<END",
            "a - <<END",
        ] {
            #expect(throws: Failure.self) { try ShellWords(line) }
        }
        #expect(try words("a '<<END' \"<<\" \\<<") == ["a", "<<END", "<<", "<<"])
    }
}

struct ShellReaderTests {
    /// The commands of a text, as words or as the word of the failure, with their lines.
    private func entries(_ bytes: [UInt8], piece: Int = 7) throws -> [String] {
        var rest = bytes[...]
        var reader = ShellReader { limit throws(StreamError) in
            let taken = Array(rest.prefix(min(limit, piece)))
            rest = rest.dropFirst(taken.count)
            return taken
        }
        var entries: [String] = []
        while let entry = try reader.next(prompt: { _ in }) {
            switch entry.words {
            case .success(let words): entries.append("\(entry.line) " + words.joined(separator: "|"))
            case .failure(let failure): entries.append("\(entry.line) !\(failure.word)")
            }
        }
        return entries
    }

    @Test func linesAreCountedWhateverTheirEnds() throws {
        let text = "\u{feff}a 1\r\n\n# no\n b 2 \\\n  3\nc"
        #expect(try entries(Array(text.utf8)) == ["1 a|1", "4 b|2|3", "6 c"])
    }

    @Test func hereDocumentsTakeTheirLinesAsTheyAre() throws {
        let text = "a --x <<E --y <<'F'\n# 'not a comment\n\n E\nE\nok\t1\nF\nb\n"
        #expect(try entries(Array(text.utf8)) == ["1 a|--x=# 'not a comment\n\n E\n|--y=ok\t1\n", "8 b"])
        #expect(try entries(Array("a --x <<E\nE\n".utf8)) == ["1 a|--x="])
    }

    @Test func whatIsWrongWithALineIsSaidAndTheNextIsRead() throws {
        #expect(try entries([0x61, 0xff, 0x0a, 0x62, 0x0a]) == ["1 !not_utf8", "2 b"])
        #expect(try entries(Array("a 'b\nc\n".utf8)) == ["1 !unclosed_quote", "2 c"])
        #expect(try entries(Array("a --x <<E\nb\n".utf8)) == ["1 !unfinished"])
        #expect(
            try entries(Array("a --x <<E\n".utf8) + [0xff, 0x0a] + Array("db stop\nE\nb\n".utf8)) == [
                "1 !not_utf8", "5 b",
            ])
        #expect(try entries(Array("a\0b\nc \\".utf8)) == ["1 !bad_character", "2 !unfinished"])
    }

    @Test func aLineOfTenMegabytesIsRefusedAndSkipped() throws {
        let long = [UInt8](repeating: 0x61, count: 10 << 20)
        #expect(try entries(long + Array("\nb\n".utf8), piece: 1 << 16) == ["1 !too_long", "2 b"])
        #expect(try entries(long, piece: 1 << 16) == ["1 !too_long"])
        let fits = [UInt8](repeating: 0x61, count: LineReader.limitBytes)
        #expect(try entries(fits + [0x0a], piece: 1 << 16).first?.hasPrefix("1 aaa") == true)
    }
}
