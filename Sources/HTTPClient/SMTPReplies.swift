/// What a mail server answers, put together from its lines (RFC 5321, 4.2).
struct SMTPReplies {
    struct Reply: Equatable {
        let code: Int
        /// Printable, and of a length that a log can take.
        var text: String
    }

    private static let longest = 300
    /// A server that talks without end is not listened to any more.
    private static let most = 10_000
    /// The answer to DATA: the mail may follow.
    private static let goOn = 354
    /// The answer to QUIT, which libcurl says after a refusal.
    private static let bye = 221

    private(set) var all: [Reply] = []
    private var isContinued = false
    private let secrets: [String]

    /// - Parameter secrets: what is left out wherever it stands: a server may say again what it was told.
    init(hiding secrets: [String] = []) {
        self.secrets = secrets
    }

    mutating func add(_ line: some Sequence<UInt8>) {
        let line = Array(line)
        guard line.count >= 3, let code = Int(String(decoding: line[..<3], as: UTF8.self)) else { return }
        // Before it is cut to length: half a secret would not be found.
        let text = secrets.reduce(Self.printable(line.dropFirst(4))) { $0.replacing($1, with: "<secret>") }
        if isContinued, let last = all.last, last.code == code {
            let whole = last.text.isEmpty ? text : "\(last.text) \(text)"
            all[all.count - 1].text = String(whole.prefix(Self.longest))
        } else if all.count < Self.most {
            all.append(Reply(code: code, text: String(text.prefix(Self.longest))))
        }
        isContinued = line.count > 3 && line[3] == UInt8(ascii: "-")
    }

    /// What the server had to say last, where it is a refusal.
    var refusal: Reply? {
        guard let last = all.last(where: { $0.code != Self.bye }), last.code >= 400 else { return nil }
        return last
    }

    /// Of a mail that was taken: the recipients that were not, by their place among all.
    func refusedRecipients(of count: Int) -> [(index: Int, reply: Reply)] {
        guard let end = all.lastIndex(where: { $0.code == Self.goOn }), end >= count else { return [] }
        var refused: [(index: Int, reply: Reply)] = []
        for index in 0..<count where all[end - count + index].code >= 400 {
            refused.append((index: index, reply: all[end - count + index]))
        }
        return refused
    }

    private static func printable(_ bytes: some Sequence<UInt8>) -> String {
        let clean = bytes.map { byte -> UInt8 in byte < 32 || byte == 127 ? 32 : byte }
        let text = String(decoding: clean, as: UTF8.self)
        return text.split(separator: " ").joined(separator: " ")
    }
}
