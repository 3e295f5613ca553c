import Testing

@testable import Web

@Suite("What clients ask for in header fields") struct HeaderTests {
    @Test(
        "A range of bytes",
        arguments: [
            ("bytes=0-0", 0..<1), ("bytes=0-99", 0..<100), ("bytes=10-19", 10..<20), ("bytes=90-", 90..<100),
            ("bytes=90-1000", 90..<100), ("bytes=-10", 90..<100), ("bytes=-1000", 0..<100), ("Bytes=5-6", 5..<7),
            ("bytes= 5-6", 5..<7), ("bytes=0-99999999999999999999999", 0..<100),
            ("bytes=-99999999999999999999999", 0..<100),
        ] as [(String, Range<Int64>)])
    func part(header: String, range: Range<Int64>) {
        #expect(ByteRange(header, size: 100) == .part(range))
    }

    @Test(
        "The whole, where it is no range, or several",
        arguments: [
            nil, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1-2,5-6", "bytes=,", "bytes=--1",
            "bytes=+1-2", "bytes=1-+2", "bytes=0x1-2", "items=0-1", "bytes 0-1", "bytes=1", "bytes=1-2-3",
            "bytes=1 - 2",
        ])
    func whole(header: String?) {
        #expect(ByteRange(header, size: 100) == .whole)
    }

    @Test(
        "Nothing, where nothing of it exists",
        arguments: ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"])
    func unsatisfiable(header: String) {
        #expect(ByteRange(header, size: 100) == .unsatisfiable)
        #expect(ByteRange("bytes=0-", size: 0) == .unsatisfiable)
    }

    @Test(
        "An entity tag that the client has",
        arguments: [
            (nil, false), ("", false), ("*", true), ("\"abc\"", true), ("W/\"abc\"", true), ("\"x\", \"abc\"", true),
            ("\"x,y\" , W/\"abc\"", true), ("abc", false), ("\"abcd\"", false), ("\"a,\"abc\"", false),
        ] as [(String?, Bool)])
    func ifNoneMatch(header: String?, isNamed: Bool) {
        #expect(EntityTag("abc").isNamed(by: header) == isNamed)
    }

    @Test(
        "The entity tag that the client means",
        arguments: [
            (nil, true), ("", false), ("*", true), ("\"abc\"", true), ("W/\"abc\"", false), ("\"x\", \"abc\"", true),
            ("W/\"abc\", \"x,y\"", false), ("abc", false), ("\"abcd\"", false), ("\"*\"", false),
        ] as [(String?, Bool)])
    func ifMatch(header: String?, isMeant: Bool) {
        #expect(EntityTag("abc").isMeant(by: header) == isMeant)
    }

    @Test(
        "A range only of the same bytes",
        arguments: [
            (nil, true), ("\"abc\"", true), ("W/\"abc\"", false), ("\"abd\"", false), ("*", false), ("", false),
            ("Sun, 06 Nov 1994 08:49:37 GMT", false),
        ] as [(String?, Bool)])
    func ifRange(header: String?, isAllowed: Bool) {
        #expect(EntityTag("abc").allowsRange(ifRange: header) == isAllowed)
    }

    @Test(
        "The stored coding, where it is named and not liked less than plain bytes",
        arguments: [
            (nil, false), ("", false), ("zstd", true), ("ZSTD", true), ("gzip, deflate, br, zstd", true),
            ("gzip", false),
            ("zstd;q=0", false), ("zstd;q=0.000", false), ("zstd;q=0.001", true), ("zstd ; q=1.0", true),
            ("zstd;q=2", false), ("zstd;q=x", false), ("zstd;q=-1", false), ("*", false), ("identity;q=0, *", true),
            ("identity;q=0, *;q=0", false), ("identity;q=0", false), ("zstd;q=0.5, identity", false),
            ("zstd;q=0.5, identity;q=0.5", true), ("zstd;q=0, zstd", false),
        ] as [(String?, Bool)])
    func coding(header: String?, isTaken: Bool) {
        #expect(ContentCoding(header).takes("zstd") == isTaken)
    }

    @Test("gzip under its old name")
    func oldName() {
        #expect(ContentCoding("x-gzip").takes("gzip"))
    }
}
