import Testing

@testable import Restore

extension JSONRowReaderTests {
    @Test(
        "What is no JSON, or none of the export's, is refused",
        arguments: [
            ("01", "as JSON has it"), ("-", "as JSON has it"), ("-01", "as JSON has it"), ("1.", "as JSON has it"),
            ("1.e5", "as JSON has it"), ("1e", "as JSON has it"), ("1e+", "as JSON has it"), ("-.5", "as JSON has it"),
            (".5", "value was expected"), ("+5", "value was expected"), ("NaN", "value was expected"),
            ("", "value was expected"),
            ("nul", "value was expected"), ("true", "value was expected"), ("[]", "value was expected"),
            ("'a'", "value was expected"),
            ("1.5.5", "end of a row"), ("0x10", "end of a row"), ("nullx", "end of a row"), ("1 2", "end of a row"),
            ("9223372036854775808", "64 bits"), ("-9223372036854775809", "64 bits"),
            ("123456789012345678901", "64 bits"),
            ("1e309", "too large"), ("-1e999", "too large"), ("1.7976931348623159e308", "too large"),
            ("\"\n\"", "control character"), ("\"abcdefgh\u{1F}\"", "control character"),
            ("\"\u{0}\"", "control character"),
            (#""\a""#, "no escape"), (#""\U0041""#, "no escape"), (#""\u004""#, "hexadecimal"),
            (#""\u00g0""#, "hexadecimal"),
            (#""\ud800""#, "surrogate"), (#""\udc00""#, "surrogate"), (#""\ud800\u0041""#, "surrogate"),
            (#""\ud800\ud800""#, "surrogate"), (#""\ud800\n""#, "surrogate"), (#""\udc00\ud800""#, "surrogate"),
            (#""\udc00\udc00""#, "surrogate"),
            (#"{}"#, "tag was expected"), (#"{"$blob":"A"}"#, "not written"), (#"{"$blob":"AA="}"#, "not written"),
            (#"{"$blob":"AAA"}"#, "not written"), (#"{"$blob":"A==="}"#, "not written"),
            (#"{"$blob":"===="}"#, "not written"),
            (#"{"$blob":"AB=="}"#, "not written"), (#"{"$blob":"AAB="}"#, "not written"),
            (#"{"$blob":"AA==AAAA"}"#, "not written"),
            (#"{"$blob":"AA-_"}"#, "not written"), (#"{"$blob":"AA A"}"#, "not written"),
            (#"{"$blob":"AAAé"}"#, "not written"),
            (#"{"$text":"*AAA"}"#, "not written"), (#"{"$blob":null}"#, "string was expected"),
            (#"{"$blob":"","a":1}"#, "end of a tagged"),
            (#"{"$real":"NaN"}"#, "not written"), (#"{"$real":"infinity"}"#, "not written"),
            (#"{"$real":"Infinity "}"#, "not written"),
            (#"{"$real":1.5}"#, "string was expected"), (#"{"$date":""}"#, "which is no tag"),
            (#"{"$blobs":""}"#, "which is no tag"),
            (#"{"":""}"#, "which is no tag"), ("\"a", "control character"), ("\"a\\", "no escape"),
            ("{\"$blob\"", "colon"),
        ])
    func refusals(value: String, reason: String) {
        let error = #expect(throws: RowTextError.self) { try Self.readLines("{\"v\":1}\n{\"v\":\(value)}\n") }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        #expect((8...(15 + value.utf8.count)).contains(error?.offset ?? 0))
    }

    @Test(
        "The keys of a row have to be the columns in their order",
        arguments: [
            "{}", "{\"a\":1}", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2,\"c\":3}",
            "{\"a\":1,\"b\":2,}",
            "{\"a\":1 \"b\":2}", "{\"a\" 1,\"b\":2}", "{,\"a\":1,\"b\":2}", "{\"A\":1,\"b\":2}", "{a:1,\"b\":2}",
            "[1,2]", "1",
            "{\"a\":1,\"b \":2}", "{\"a\":1,\"b\":2}}", "{\"a\":1,\"b\":}", "{\"a\":,\"b\":1}", "{\"a\":1,,\"b\":1}",
            "null",
        ])
    func keys(row: String) throws {
        #expect(throws: RowTextError.self) { try Self.read(row + "\n", .lines(Self.table("t", "a", "b"))) }
    }

    @Test("A key may be written with any escapes, and a column may be called anything")
    func escapedKeys() throws {
        let shape = JSONRowReader.Shape.lines(Self.table("t", "a", "", "\"", "$blob", "\u{1}é"))
        let rows = try Self.read(#"{"\u0061":1,"":2,"\"":3,"$blob":4,"\u0001\u00E9":5}"# + "\n", shape)
        #expect(rows == [Row(table: 0, values: (1...5).map { .integer($0) })])
    }

    @Test(
        "The tables of a document have to be the dump's in their order",
        arguments: [
            "{}", "{\"t\":[]}", "{\"u\":[],\"t\":[]}", "{\"t\":[],\"u\":[],\"w\":[]}", "{\"t\":[],\"t\":[]}",
            "{\"T\":[],\"u\":[]}",
            "{\"t\":[],\"u\":[],}", "{\"t\":[]\"u\":[]}", "{\"t\":{},\"u\":[]}", "{\"t\":[],\"u\":null}",
            "{\"t\"[],\"u\":[]}",
            "{\"t\":[],\"u\":[]", "{\"t\":[],\"u\":[]}}", "{\"t\":[],\"u\":[]} ", "{\"t\":[],\"u\":[]}\n{}", "[]", "",
            "{\"t\":[{\"v\":1}],\"u\":[{\"v\":1}]}", "{\"t\":[{\"v\":1},],\"u\":[]}", "{\"t\":[,],\"u\":[]}",
            "{,\"t\":[],\"u\":[]}",
            "\u{FEFF}{\"t\":[],\"u\":[]}",
        ])
    func tables(text: String) throws {
        let shape = JSONRowReader.Shape.document([Self.table("t", "v"), Self.table("u", "w")])
        #expect(throws: RowTextError.self) { try Self.read(text, shape) }
        #expect(try Self.read("{\"t\":[{\"v\":1}],\"u\":[{\"w\":2}]}", shape).map(\.table) == [0, 1])
    }
}
