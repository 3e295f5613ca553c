import Model
import Testing

@Suite("When a server wants to be asked again") struct RetryAfterTests {
    @Test(
        "Retry-After is read in seconds and as a date",
        arguments: [
            ("120", 120), ("0", 0), ("99999999999999999999", Int64.max), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("", nil), ("soon", nil), ("-1", nil), ("1.5", nil),
            ("Sun, 06 Nov 1994 08:50:37 CET", nil), ("Sun, 06 Nix 1994 08:50:37 GMT", nil),
        ] as [(String, Int64?)])
    func field(text: String, seconds: Int64?) throws {
        let now = try #require(Timestamp("1994-11-06T08:49:37Z"))
        #expect(RetryAfter.seconds(text, now: now) == seconds)
    }
}
