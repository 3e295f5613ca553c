import Model
import Testing

@Suite("Ages in words") struct AgeTextTests {
    @Test(
        "A length is as long as the age that is said of it",
        arguments: [
            (0, "less than a minute"), (59, "less than a minute"), (60, "1 minute"), (26 * 3600, "26 hours"),
            (49 * 3600, "2 days"), (-5, "less than a minute"),
        ] as [(Int64, String)])
    func length(seconds: Int64, words: String) {
        let begin = Timestamp(seconds: 1_773_541_800)
        let end = Timestamp(seconds: begin.seconds + seconds)
        #expect(AgeText.length(from: begin, to: end) == words)
        if seconds >= 60 { #expect(AgeText.format(begin, now: end) == "\(words) ago") }
    }
}
