import Testing
import Values

@testable import Editorial

/// Where a quoted passage stands after the text around it was edited, and after it was edited itself.
struct PassageTests {
    /// Quotes from one text and looks in another.
    private func place(
        _ quote: String, in old: String, then new: String, occurrence: Int? = nil
    ) throws -> Place {
        let words = Wording(old)
        let wanted = Wording(quote)
        let starts = words.occurrences(of: wanted.keys[...])
        let start = try #require(starts.dropFirst((occurrence ?? 1) - 1).first, "the old text has no such passage")
        let anchor = try #require(Anchor(quote, at: words.ranges[start].lowerBound, in: words))
        return anchor.place(in: Wording(new))
    }

    @Test func aPassageKeepsItsPlaceWhenLinesComeBeforeIt() throws {
        let place = try place("the dam", in: "There was the dam.\n", then: "One line.\n\nTwo.\nThere was the dam.\n")
        #expect(place.state == .kept)
        #expect(place.line == 4)
        #expect(place.text == "the dam")
    }

    @Test func aParagraphWrappedAnewIsTheSamePassage() throws {
        let place = try place(
            "the dam that\nwasn't there", in: "It was the dam that\nwasn't there at all.",
            then: "It was the\ndam that wasn't there\nat all.")
        #expect(place.state == .kept)
        #expect(place.text == "the\ndam that wasn't there")
        #expect(place.line == 1)
    }

    @Test func aPassageWithAWordChangedIsShownAsItReadsNow() throws {
        let place = try place(
            "the dam broke in the spring of 1911", in: "They say the dam broke in the spring of 1911. So it was.",
            then: "They say the dam broke in the autumn of 1911. So it was, and more.")
        #expect(place.state == .changed)
        #expect(place.text == "the dam broke in the autumn of 1911")
    }

    @Test func aPassageTakenOutIsOrphaned() throws {
        let place = try place(
            "It broke in 1911.", in: "There was a dam. It broke in 1911. Nobody came.",
            then: "There was a dam. Nobody came.")
        #expect(place.state == .orphaned)
        #expect(place.text == nil && place.line == nil)
    }

    @Test func anotherPassageOfTheSameWordsIsNotTakenForIt() throws {
        let old = "First came the flood.\n\nMany years went by in peace.\n\nThen came the flood.\n"
        for (occurrence, new, kept) in [
            (1, "First nothing.\n\nMany years went by in peace.\n\nThen came the flood.\n", false),
            (2, "First nothing.\n\nMany years went by in peace.\n\nThen came the flood.\n", true),
            (1, "First came the flood.\n\nMany years went by in peace.\n\nThen nothing.\n", true),
            (2, "First came the flood.\n\nMany years went by in peace.\n\nThen nothing.\n", false),
        ] {
            let place = try place("came the flood", in: old, then: new, occurrence: occurrence)
            #expect(place.state == (kept ? .kept : .orphaned), "\(occurrence) \(new)")
        }
    }

    @Test func aParagraphCutAndPastedElsewhereIsFound() throws {
        let place = try place(
            "It broke in 1911.", in: "It broke in 1911.\n\nA.\n\nB.\n", then: "A.\n\nB.\n\nIt broke in 1911.\n")
        #expect(place.state == .kept)
        #expect(place.line == 5)
    }

    @Test func wordsInOtherScriptsAndAnEmptyTextAreNoTrouble() throws {
        #expect(try place("das Öl „floß“", in: "Da war das Öl „floß“ es.", then: "x das Öl „floß“ y").state == .kept)
        #expect(try place("漏れた", in: "水が漏れた。", then: "今日、水が漏れた。").state == .kept)
        #expect(try place("all", in: "all", then: "").state == .orphaned)
        #expect(Anchor("", at: 0, in: Wording("")) == nil)
    }

    // MARK: Any edits

    private struct Story {
        var random: SeededRandom
        static let words = (0..<600).map { "w\(String($0, radix: 36))" }

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func word() -> String {
            let word = Self.words[number(0...Self.words.count - 1)]
            return number(0...9) == 0 ? word + [",", ".", "!", "\n", "\n\n"][number(0...4)] : word
        }

        mutating func words(_ count: Int) -> [String] { (0..<count).map { _ in word() } }

        /// Takes words out, puts words in or changes them, at a few places.
        mutating func edited(_ words: [String]) -> [String] {
            var words = words
            for _ in 0..<number(1...6) {
                let at = number(0...words.count)
                let count = min(number(0...12), words.count - at)
                words.replaceSubrange(at..<at + count, with: self.words(number(0...12)))
            }
            return words
        }
    }

    @Test func editsElsewhereNeverOrphanAPassageAndTakingItOutAlwaysDoes() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("passages: seed \(seed)")
        var story = Story(random: SeededRandom(seed: seed))
        for round in 0..<400 {
            let before = story.words(story.number(0...120))
            let after = story.words(story.number(0...120))
            let passage = ["a"] + story.words(story.number(3...20)) + ["z"]
            let old = (before + passage + after).joined(separator: " ")
            let quote = passage.joined(separator: " ")
            let newBefore = story.edited(before)
            let newAfter = story.edited(after)
            let kept = (newBefore + passage + newAfter).joined(separator: " ")
            let found = try place(quote, in: old, then: kept)
            #expect(found.state == .kept, "seed \(seed), round \(round)")
            #expect(found.text == quote, "seed \(seed), round \(round)")
            let above = newBefore.isEmpty ? 0 : newBefore.joined(separator: " ").utf8.count { $0 == 0x0A }
            #expect(found.line == 1 + above, "seed \(seed), round \(round)")

            let gone = (newBefore + newAfter).joined(separator: " ")
            #expect(try place(quote, in: old, then: gone).state == .orphaned, "seed \(seed), round \(round)")
        }
    }
}
