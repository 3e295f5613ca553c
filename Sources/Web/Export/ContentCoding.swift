/// Which codings a client takes (`Accept-Encoding`, RFC 9110, 12.5.3).
struct ContentCoding {
    /// From 0 to 1, by name in lower case; the first mention counts.
    private let weights: [String: Double]

    /// - Parameter header: the field's value; nil where there is none.
    init(_ header: String?) {
        var weights: [String: Double] = [:]
        for member in (header ?? "").split(separator: ",") {
            let pieces = member.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let name = pieces.first, !name.isEmpty, weights[Self.usual(name)] == nil else { continue }
            // A weight that cannot be read is no wish for it.
            weights[Self.usual(name)] = pieces.count == 1 ? 1 : Self.weight(pieces[1]) ?? 0
        }
        self.weights = weights
    }

    /// Whether what is stored in a coding is sent as it is: the client names it, and does not like plain bytes better.
    /// `*` counts only for a client that refuses plain bytes.
    func takes(_ coding: String) -> Bool {
        let plain = weights["identity"]
        if let weight = weights[coding] { return weight > 0 && weight >= plain ?? 0 }
        return plain == 0 && weights["*"] ?? 0 > 0
    }

    private static func usual(_ name: String) -> String {
        name == "x-gzip" ? "gzip" : name
    }

    /// `q=0.5`, with at most three decimals.
    private static func weight(_ text: String) -> Double? {
        guard text.hasPrefix("q="), (1...5).contains(text.utf8.count - 2),
            text.dropFirst(2).utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }),
            let weight = Double(text.dropFirst(2)), (0...1).contains(weight)
        else { return nil }
        return weight
    }
}
