import Appliance
import HTTPTypes
import Model
import Notify
import Settings
import Testing

@testable import Web

@Suite("The body of a request") struct RequestBodyTests {
    private func body(_ text: String, callbackInQuery: String? = nil) throws -> ExportBody {
        let body = try JSONBody(Array(text.utf8), allowsComments: true)
        return try ExportBody(body, callbackInQuery: callbackInQuery, HTTPSettings())
    }

    /// The status that a body is answered with.
    private func status(_ text: String) -> HTTPResponse.Status? {
        do {
            _ = try body(text)
            return nil
        } catch {
            return WebError(describing: error).status
        }
    }

    @Test("The proposal's example is understood as it is printed, comments and all")
    func proposal() throws {
        let wanted = try body(
            """
            {
                "format": "sql",                                    # Required: sql|csv|json
                "callbackUrl": "https://your-callback-url.com/notify", # Optional
                "chunkSize": 1000,                                 # Optional: Override default
                "includeSchema": true                              # Optional: Include CREATE TABLE statements
            }
            """)
        #expect(wanted.format == .sql)
        #expect(wanted.callbackURL == "https://your-callback-url.com/notify")
        #expect(wanted.chunkSize == 1000)
        #expect(wanted.includesSchema == true)
        #expect(wanted.database == nil)
    }

    @Test("Comments end with their line, and begin outside of strings only")
    func comments() throws {
        let text = #"{"a": "x # \" y", # "b": "no"# + "\n" + #""c": "\\"} # end"#
        let body = try JSONBody(Array(text.utf8), allowsComments: true)
        #expect(try body.text("a") == "x # \" y")
        #expect(try body.text("b") == nil)
        #expect(try body.text("c") == "\\")
        #expect(throws: WebError.self) { try JSONBody(Array(text.utf8)) }
    }

    @Test("Everything may be left out, or null", arguments: ["{}", #"{"database": null, "chunkSize": null}"#])
    func empty(text: String) throws {
        let wanted = try body(text)
        #expect(wanted.database == nil)
        #expect(wanted.format == nil)
        #expect(wanted.callbackURL == nil)
        #expect(wanted.chunkSize == nil)
        #expect(wanted.includesSchema == nil)
    }

    @Test("More than is known is passed over")
    func unknownFields() throws {
        #expect(try body(#"{"database": "shop", "priority": {"a": [1, 2.5, null]}}"#).database == "shop")
    }

    @Test(
        "What is no JSON is malformed",
        arguments: ["", "{", "{]", #"{"format": }"#, #"{"format" "sql"}"#, "format=sql", "{} {}", "\u{0}"])
    func malformed(text: String) {
        #expect(status(text) == .badRequest)
    }

    @Test("Bytes that are no UTF-8 are malformed")
    func notUTF8() {
        let error = #expect(throws: WebError.self) { try JSONBody([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) }
        #expect(error?.status == .badRequest)
    }

    @Test("JSON in UTF-16 and UTF-32 is malformed, with a byte order mark and without", arguments: [true, false])
    func otherEncodings(isMarked: Bool) {
        let text = (isMarked ? "\u{FEFF}" : "") + #"{"database": "shop"}"#
        let wide = text.utf16.map { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        let encodings: [[[UInt8]]] = [
            wide, wide.map { [$0[1], $0[0]] }, wide.map { [0, 0, $0[0], $0[1]] }, wide.map { [$0[1], $0[0], 0, 0] },
        ]
        for units in encodings {
            let bytes = Array(units.joined())
            let error = #expect(throws: WebError.self) { try JSONBody(bytes, allowsComments: true) }
            #expect(error?.status == .badRequest)
            #expect(error?.message.contains("UTF-8") == true)
        }
    }

    @Test("A byte order mark before UTF-8 is passed over")
    func byteOrderMark() throws {
        #expect(try body("\u{FEFF}" + #"{"database": "shop"}"#).database == "shop")
    }

    @Test(
        "Wrong types and values are told with the field's name",
        arguments: [
            (#"{"database": 1}"#, "database"), (#"{"database": ""}"#, "database"),
            (#"{"database": "../x"}"#, "database"),
            (#"{"format": "xml"}"#, "format"), (#"{"format": "CSV"}"#, "format"), (#"{"format": "zip"}"#, "format"),
            (#"{"format": ""}"#, "format"), (#"{"format": true}"#, "format"), (#"{"chunkSize": 0}"#, "chunkSize"),
            (#"{"chunkSize": 1000001}"#, "chunkSize"), (#"{"chunkSize": 1.5}"#, "chunkSize"),
            (#"{"chunkSize": "1000"}"#, "chunkSize"), (#"{"chunkSize": true}"#, "chunkSize"),
            (#"{"chunkSize": 99999999999999999999}"#, "chunkSize"), (#"{"includeSchema": "true"}"#, "includeSchema"),
            (#"{"includeSchema": 1}"#, "includeSchema"), (#"{"callbackUrl": 1}"#, "callbackUrl"),
            (#"{"callbackUrl": "http://example.com/"}"#, "callback"), (#"{"callbackUrl": ""}"#, "callback"),
            (#"{"callbackUrl": "https://127.0.0.1/"}"#, "callback"),
            (#"{"callbackUrl": "https://169.254.169.254/"}"#, "callback"), ("[]", "object"), ("null", "object"),
            ("1", "object"), (#""text""#, "object"),
        ])
    func wrongValues(text: String, word: String) {
        let error = #expect(throws: (any Error).self) { try body(text) }
        let answer = error.map { WebError(describing: $0) }
        #expect(answer?.status == .unprocessableContent)
        #expect(answer?.message.contains(word) == true, "\(answer?.message ?? "")")
    }

    @Test("Every format may be asked for, in a body and in a query", arguments: DumpFormat.allCases)
    func formats(format: DumpFormat) throws {
        let wanted = try body(#"{"format": "\#(format.rawValue)"}"#)
        #expect(wanted.format == format)
        let access = Access(name: "ci", scope: .export, method: .bearer, digest: [])
        #expect(wanted.request(by: access).format == format)
        #expect(try ExportBody.ofQuery(makeRequest(.get, "/export/dump?format=\(format.rawValue)")).format == format)
    }

    @Test("A format that there is not is refused with those that there are")
    func unknownFormat() {
        let inBody = #expect(throws: WebError.self) { try body(#"{"format": "xml"}"#) }
        let inQuery = #expect(throws: WebError.self) {
            try ExportBody.ofQuery(makeRequest(.get, "/export/dump?format=xml"))
        }
        for refusal in [inBody, inQuery] {
            #expect(refusal?.status == .unprocessableContent)
            #expect(refusal?.hint == "Offered: sql, csv, json, ndjson")
        }
    }

    @Test("A callback may stand in the query, and must not be contradicted")
    func callbackInQuery() throws {
        let url = "https://example.com/x"
        #expect(try body("{}", callbackInQuery: url).callbackURL == url)
        #expect(try body(#"{"callbackUrl": "\#(url)"}"#, callbackInQuery: url).callbackURL == url)
        #expect(throws: WebError.self) { try body(#"{"callbackUrl": "https://example.com/y"}"#, callbackInQuery: url) }
        #expect(throws: NightjarError.self) { try body("{}", callbackInQuery: "http://127.0.0.1/") }
    }

    @Test("Misspelt fields are refused where something may be deleted")
    func strictFields() throws {
        let body = try JSONBody(Array(#"{"database": "shop", "dryrun": true}"#.utf8))
        let error = #expect(throws: WebError.self) { try body.refuseAll(but: ["database", "dryRun"]) }
        #expect(error?.status == .unprocessableContent)
        #expect(error?.hint == "Known: database, dryRun")
        try body.refuseAll(but: ["database", "dryrun"])
    }

    @Test("A request becomes what the appliance is asked for")
    func request() throws {
        let access = Access(name: "ci", scope: .export, method: .bearer, digest: [])
        let full = try body(#"{"database": "shop", "chunkSize": 7, "includeSchema": false}"#).request(by: access)
        #expect(full.database == "shop")
        #expect(full.chunkRows == 7)
        #expect(full.includesSchema == false)
        #expect(full.requester == "ci")
        let bare = try body("{}").request(by: access)
        #expect(bare.format == .sql)
        #expect(bare.chunkRows == nil)
        #expect(bare.includesSchema)
        #expect(bare.verify == .checksum)
    }
}
