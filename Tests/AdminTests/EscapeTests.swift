import Testing
import Values

@testable import Admin

struct EscapeTests {
    @Test func aTitleCannotForgeALineOrAColumnOrRepaintTheTerminal() {
        let title = "a\tb\nc\rd\u{1b}[31me\\f\u{202e}g\u{85}h\u{2028}i\u{7f}"
        #expect(
            Escape.escaped(title)
                == #"a\tb\nc\rd\e[31me\\f\u{202e}g\u{85}h\u{2028}i\u{7f}"#)
    }

    @Test func ordinaryTextStaysAsItIs() {
        for text in ["", "Żółć – “quoted” 雨 🌧️", "e\u{301}", "a | b, c; \"d\" 'e'", "👩‍👩‍👧"] {
            #expect(Escape.escaped(text) == text)
        }
    }

    @Test func everyTextComesBackFromItsEscapedForm() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let special: [UInt32] = [
            0, 9, 10, 13, 27, 92, 0x7b, 0x7d, 0x75, 0x6e, 0x74, 0x7f, 0x80, 0x85, 0x9f, 0x61c, 0x200e, 0x2028, 0x202e,
            0x2066, 0x2069, 0xfeff,
        ]
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let value =
                    Bool.random(using: &random)
                    ? special.randomElement(using: &random) ?? 0 : UInt32.random(in: 0...0x10ffff, using: &random)
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            let escaped = Escape.escaped(text)
            let back = Escape.unescaped(escaped).map { Array($0.unicodeScalars) }
            #expect(back == Array(text.unicodeScalars), "seed \(seed)")
            #expect(!escaped.unicodeScalars.contains(where: Escape.isHazard), "seed \(seed)")
            #expect(Escape.unescaped(Answer.guarded(escaped)).map { Array($0.unicodeScalars) } == back, "seed \(seed)")
        }
    }

    @Test func whatEscapingNeverWritesIsNotReadBack() {
        for text in [#"\"#, #"\x"#, #"\u{"#, #"\u{110000}"#, #"\u{zz}"#, #"\u41"#] {
            #expect(Escape.unescaped(text) == nil)
        }
    }

    @Test func aDataLineCannotBeTakenForAStatusLine() {
        #expect(Answer.guarded("ok\t3") == "\\u{6f}k\t3")
        #expect(Answer.guarded("error\t64\tusage\tx") == "\\u{65}rror\t64\tusage\tx")
        #expect(Answer.guarded("ok") == "\\u{6f}k")
        #expect(Answer.guarded("okay\t3") == "okay\t3")
        #expect(Answer.guarded("12\tok\t3") == "12\tok\t3")
    }
}
