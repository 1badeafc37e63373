import Testing

@testable import Editorial

/// Beside those in ContentTests: words, ends of lines, and texts that would take too long.
struct LongDiffTests {
    private func diff(_ old: String, _ new: String, byWord: Bool = false) -> Diff {
        Diff(Diff.lines(of: old), Diff.lines(of: new), byWord: byWord)
    }

    @Test func changedWordsAreMarkedInTheirLines() {
        #expect(
            diff("One dam stood there.\nKept.\n", "One wall stood here.\nKept.\n", byWord: true).text == """
                @@ -1,2 +1,2 @@
                -One [-dam-] stood [-there-].
                +One {+wall+} stood {+here+}.
                 Kept.

                """)
    }

    @Test func aLineThatIsNewHasNoMarkedWords() {
        #expect(diff("a\n", "a\nb\n", byWord: true).text == "@@ -1,1 +1,2 @@\n a\n+b\n")
    }

    @Test func wordsOfSeveralLinesAreComparedAcrossTheirEnds() {
        let lines = diff("one two\nthree\n", "one\ntwo three four\n", byWord: true).lines
        let plain = lines.dropFirst().map { $0.mark + $0.pieces.map(\.text).joined() }
        #expect(plain == ["-one two", "-three", "+one", "+two three four"])
        #expect(lines.flatMap(\.pieces).contains { $0.isChanged && $0.text.contains("four") })
    }

    @Test func anEndThatIsMissingIsADifference() {
        #expect(diff("a\n", "a").text == "@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n")
        #expect(diff("a", "a").text == "")
        #expect(diff("", "a\n").text == "@@ -0,0 +1,1 @@\n+a\n")
    }

    @Test func aDifferenceIsTheShortestThereIs() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let old = (0..<Int.random(in: 0...14, using: &random)).map { _ in Int.random(in: 0...3, using: &random) }
            let new = (0..<Int.random(in: 0...14, using: &random)).map { _ in Int.random(in: 0...3, using: &random) }
            let (edits, isWhole) = Diff.edits(from: old, to: new)
            #expect(isWhole)
            // It leads from one to the other…
            var (before, after): ([Int], [Int]) = ([], [])
            for edit in edits {
                switch edit {
                case .keep(let was, let now):
                    #expect(old[was] == new[now])
                    before.append(was)
                    after.append(now)
                case .remove(let was): before.append(was)
                case .insert(let now): after.append(now)
                }
            }
            #expect(before == Array(old.indices) && after == Array(new.indices))
            // …and keeps as much as can be kept, by the table of lengths.
            #expect(edits.filter(\.isKept).count == longest(old, new), "\(old) \(new)")
        }
    }

    private func longest(_ old: [Int], _ new: [Int]) -> Int {
        var row = [Int](repeating: 0, count: new.count + 1)
        for item in old {
            var corner = 0
            for (column, other) in new.enumerated() {
                let above = row[column + 1]
                row[column + 1] = item == other ? corner + 1 : max(above, row[column])
                corner = above
            }
        }
        return row[new.count]
    }

    /// Two texts of a mebibyte each that differ everywhere, somewhere, in order, and in one single line.
    @Test func twoTextsOfAMebibyteAreComparedInBoundedWorkAndItSaysSo() {
        let line = { (number: Int) in "Line \(number) of a text that is long enough to matter.\n" }
        let whole = (0..<19_000).map(line)
        let clock = ContinuousClock()
        func measured(_ old: String, _ new: String, _ byWord: Bool) -> Diff {
            var result = diff("", "")
            let time = clock.measure { result = diff(old, new, byWord: byWord) }
            // A fault that squares the work takes hours.
            #expect(time < .seconds(300), "\(time)")
            return result
        }
        let old = whole.joined()
        #expect(old.utf8.count > 900_000)
        let few = measured(old, whole.enumerated().map { $0 % 1_000 == 5 ? "New.\n" : $1 }.joined(), true)
        #expect(few.lines.filter { $0.kind == .inserted }.count == 19)
        #expect(!few.lines.contains { $0.kind == .remark })
        let other = measured(old, (30_000..<49_000).map(line).joined(), false)
        #expect(other.lines.filter { $0.kind == .removed }.count == 19_000)
        #expect(!other.lines.contains { $0.kind == .remark })
        let shuffled = measured(
            old, whole.enumerated().sorted { $0.0 &* 7_919 % 19_000 < $1.0 &* 7_919 % 19_000 }.map(\.element).joined(),
            false)
        #expect(shuffled.lines.last?.kind == .remark)
        let single = measured(old.replacing("\n", with: " "), old.replacing("\n", with: " ") + "end", true)
        #expect(single.lines.flatMap(\.pieces).filter(\.isChanged).map(\.text) == ["end"])
    }
}
