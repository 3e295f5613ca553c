import Testing

@testable import Age

/// The age project's vectors for armor: edits of one that is sound.
struct ArmorVector: Sendable, CustomTestStringConvertible {
    let name: String
    let isSound: Bool
    let text: String

    var testDescription: String { name }

    static let sound = """
        -----BEGIN AGE ENCRYPTED FILE-----
        YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBURWlGMHlwcXIrYnB2Y3FY
        TnlDVkpwTDdPdXdQZFZ3UEw3S1FFYkZET0NjCkVtRUNBRWNLTituL1ZzOVNiV2lW
        K0h1MHIrRThSNzdEZFdZeWQ4M253N1UKLS0tIFZuKzU0anFpaVVDRStXWmNFVlkz
        ZjFzcUhqbHUvejFMQ1EvVDdYbTdxSTAK7s9ix86RtDMnTmjU8vkTTLdMW/73vqpS
        yPC8DpksHoMx+2Y=
        -----END AGE ENCRYPTED FILE-----

        """
    private static let lastLine = "yPC8DpksHoMx+2Y="

    private init(_ name: String, _ isSound: Bool = false, _ edit: (String) -> String) {
        self.name = name
        self.isSound = isSound
        text = edit(Self.sound)
    }

    static let all: [ArmorVector] = [
        ArmorVector("armor", true) { $0 },
        ArmorVector("armor_crlf", true) { $0.replacing("\n", with: "\r\n") },
        ArmorVector("armor_no_eol", true) { String($0.dropLast()) },
        ArmorVector("armor_whitespace_outside", true) { "\n   \t\n" + $0 + "\n   \t\n" },
        ArmorVector("armor_full_last_line", true) { $0.replacing("\(lastLine)\n", with: "") },
        ArmorVector("armor_empty_line_begin") { $0.replacing("FILE-----\nYW", with: "FILE-----\n\nYW") },
        ArmorVector("armor_empty_line_end") { $0.replacing("\n-----END", with: "\n\n-----END") },
        ArmorVector("armor_empty_last_line") { $0.replacing(lastLine, with: "") },
        ArmorVector("armor_eol_between_padding") { $0.replacing(lastLine, with: "yPC8DpksHoMx+w=\n=") },
        ArmorVector("armor_garbage_leading") { "garbage\n" + $0 },
        ArmorVector("armor_garbage_trailing") { $0 + "garbage\n" },
        ArmorVector("armor_headers") {
            $0.replacing("FILE-----\nYW", with: "FILE-----\nHeaders: are\nNot: allowed\n\nYW")
        },
        ArmorVector("armor_invalid_character_header") { $0.replacing("YWdl", with: "YW*l") },
        ArmorVector("armor_invalid_character_payload") { $0.replacing("yPC8", with: "y*C8") },
        ArmorVector("armor_long_line") { $0.replacing("Y3FY\nTnlD", with: "Y3FYTnlD\n") },
        ArmorVector("armor_lowercase") { $0.replacing("AGE ENCRYPTED FILE", with: "age encrypted file") },
        ArmorVector("armor_no_end_line") { $0.replacing("-----END AGE ENCRYPTED FILE-----\n", with: "") },
        ArmorVector("armor_no_padding") { $0.replacing(lastLine, with: "yPC8DpksHoMx+2Y") },
        ArmorVector("armor_not_canonical") { $0.replacing(lastLine, with: "yPC8DpksHoMx+2Z=") },
        ArmorVector("armor_pgp_checksum") { $0.replacing("\n-----END", with: "\n=AAAA\n-----END") },
        ArmorVector("armor_short_line") { $0.replacing("Y3FY\n", with: "\nY3FY\n") },
        ArmorVector("armor_whitespace_begin") {
            $0.replacing("-----BEGIN AGE ENCRYPTED FILE-", with: "----- BEGIN AGE ENCRYPTED FILE -")
        },
        ArmorVector("armor_whitespace_end") { $0.replacing("-----END AGE", with: "----- END AGE") },
        ArmorVector("armor_whitespace_eol") { $0.replacing("Y3FY\n", with: "Y3FY \n") },
        ArmorVector("armor_whitespace_last_line") { $0.replacing(lastLine, with: lastLine + " ") },
        ArmorVector("armor_whitespace_line_start") { $0.replacing("\nTnlD", with: "\n TnlD") },
        ArmorVector("armor_wrong_type") { $0.replacing("AGE ENCRYPTED FILE", with: "ENCRYPTED AGE FILE") },
    ]
}

@Suite("The age project's vectors for armor") struct ArmorTests {
    @Test("come to what they should", arguments: ArmorVector.all)
    func vectors(_ vector: ArmorVector) throws {
        let text = Array(vector.text.utf8)
        if vector.isSound {
            #expect(AgeArmor.isArmor(text))
            let whole = try AgeArmor.decode(Array(ArmorVector.sound.utf8))
            #expect(whole.starts(with: try AgeArmor.decode(text)))
        } else {
            let error = #expect(throws: AgeError.self) { try AgeArmor.decode(text) }
            guard case .armor? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
