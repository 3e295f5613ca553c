/// Damages good text in a few places, and calls that with any bytes instead now and then.
func withFuzz(
    of good: [UInt8], rounds: Int, using generator: inout some RandomNumberGenerator, _ body: ([UInt8]) -> Void
) {
    let telling = Array("\"\\,\r\n{}[]:0919eE+-.xhtiru/=$ \t\u{0}\u{1F}\u{7F}".utf8) + [0x80, 0xFF]
    for round in 0..<rounds {
        var text = good
        if round % 10 == 0 {
            text = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator) : telling.randomElement(using: &generator) ?? 0
            }
        }
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !text.isEmpty {
            let place = Int.random(in: 0..<text.count, using: &generator)
            let byte = telling.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: text[place] = byte
            case 1: text.insert(byte, at: place)
            case 2: text.remove(at: place)
            case 3: text.removeSubrange(place..<min(place + Int.random(in: 1...9, using: &generator), text.count))
            default: text.removeSubrange(place...)
            }
        }
        body(text)
    }
}

/// All ways to cut `text` at some of these places.
func cuts(of text: [UInt8], at places: [Int]) -> [[[UInt8]]] {
    (0..<(1 << places.count)).map { choice in
        let chosen = places.indices.filter { choice >> $0 & 1 == 1 }.map { places[$0] }
        return zip([0] + chosen, chosen + [text.count]).map { Array(text[$0..<$1]) }
    }
}
