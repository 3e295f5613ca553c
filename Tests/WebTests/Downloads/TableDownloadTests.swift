import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import Testing

@testable import Web

@Suite("Tables, and archives of them, as an answer") struct TableDownloadTests {
    private func request(_ method: HTTPTypes.HTTPRequest.Method = .get, _ headers: HTTPFields = [:]) -> Request {
        makeRequest(method, "/", headers)
    }

    private static func tag(_ suffix: String = "") -> String { "\"shop-\(StoredTables.id)\(suffix)\"" }

    // MARK: An archive

    @Test("All tables are an archive, with its name, its length and no coding", arguments: [DumpFormat.csv, .ndjson])
    func whole(format: DumpFormat) async throws {
        let expected = try StoredTables.archive(format)
        try await StoredTables.with(format) { subject in
            let response = try await subject.answer().response(to: request())
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/zip")
            let name = "\(StoredTables.id).\(format.rawValue).zip"
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(name)\"")
            #expect(response.headers[.contentLength] == "\(expected.count)")
            #expect(response.headers[.acceptRanges] == "bytes")
            #expect(response.headers[.eTag] == Self.tag())
            #expect(response.headers[.contentEncoding] == nil)
            #expect(response.headers[.vary] == nil)
            let sink = try await Sink.taking(response)
            #expect(sink.bytes == expected)
            #expect(sink.bytes.starts(with: [0x50, 0x4B, 3, 4]))
            #expect(sink.isFinished)
        }
    }

    @Test("No tables are an archive of nothing")
    func noTables() async throws {
        try await StoredTables.with(.csv, tables: 0) { subject in
            let response = try await subject.answer().response(to: request())
            #expect(response.headers[.contentType] == "application/zip")
            let bytes = try await Sink.taking(response).bytes
            #expect(bytes == [0x50, 0x4B, 5, 6] + Array(repeating: 0, count: 18))
        }
    }

    @Test("An archive is the same, whatever codings the client takes and whether it asks for stored bytes")
    func noCoding() async throws {
        try await StoredTables.with(.csv, compression: "gzip") { subject in
            for isRaw in [false, true] {
                var answer = try subject.answer()
                answer.isRaw = isRaw
                let response = try await answer.response(to: request(.head, [.acceptEncoding: "gzip, zstd"]))
                #expect(response.headers[.contentType] == "application/zip")
                #expect(response.headers[.contentEncoding] == nil)
                #expect(response.headers[.eTag] == Self.tag())
                let name = "\(StoredTables.id).csv.zip"
                #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(name)\"")
            }
        }
    }

    @Test("Parts of an archive are parts of it, and there are none beyond its end")
    func ranges() async throws {
        let expected = try StoredTables.archive(.csv)
        let size = expected.count
        try await StoredTables.with(.csv) { subject in
            let answer = try subject.answer()
            let cases = [
                ("bytes=0-3", 0..<4), ("bytes=20-120", 20..<121), ("bytes=-22", size - 22..<size),
                ("bytes=50-", 50..<size), ("bytes=0-\(size)", 0..<size),
            ]
            for (header, range) in cases {
                let response = try await answer.response(
                    to: request(.get, [.range: header, .ifRange: Self.tag()]))
                #expect(response.status == .partialContent)
                #expect(response.headers[.contentRange] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
                #expect(response.headers[.contentLength] == "\(range.count)")
                #expect(try await Sink.taking(response).bytes == Array(expected[range]), "\(header)")
            }
            let error = await #expect(throws: WebError.self) {
                try await answer.response(to: request(.get, [.range: "bytes=\(size)-"]))
            }
            #expect(error?.status == .rangeNotSatisfiable)
            #expect(error?.headers[.contentRange] == "bytes */\(size)")
        }
    }

    @Test("HEAD says what an archive's length is, and sends none of it")
    func head() async throws {
        let size = try StoredTables.archive(.csv).count
        try await StoredTables.with(.csv) { subject in
            let response = try await subject.answer().response(to: request(.head, [.range: "bytes=0-9"]))
            #expect(response.status == .ok)
            #expect(response.headers[.contentLength] == "\(size)")
            #expect(response.headers[.contentType] == "application/zip")
            #expect(try await Sink.taking(response).bytes.isEmpty)
        }
    }

    @Test("Conditions tell an archive from its tables")
    func conditions() async throws {
        try await StoredTables.with(.csv) { subject in
            let archive = try subject.answer()
            let table = try subject.answer("order items")
            let tableTag = Self.tag("/order%20items")
            let had = try await archive.response(to: request(.get, [.ifNoneMatch: Self.tag()]))
            #expect(had.status == .notModified)
            #expect(try await Sink.taking(had).bytes.isEmpty)
            let tableHad = try await table.response(to: request(.head, [.ifNoneMatch: tableTag]))
            #expect(tableHad.status == .notModified)
            #expect(tableHad.headers[.eTag] == tableTag)
            let other = try await table.response(to: request(.head, [.ifNoneMatch: Self.tag()]))
            #expect(other.status == .ok)
            let error = await #expect(throws: WebError.self) {
                try await archive.response(to: request(.get, [.ifMatch: tableTag]))
            }
            #expect(error?.status == .preconditionFailed)
        }
    }

    @Test("An archive whose entry is damaged is cut")
    func damaged() async throws {
        try await StoredTables.with(.csv) { subject in
            var manifest = subject.manifest
            manifest.objects[1].crc32 = "f355db98"
            let damaged = StoredTables(manifest: manifest, store: subject.store)
            let response = try await damaged.answer().response(to: request())
            let sink = Sink()
            let error = await #expect(throws: (any Error).self) { try await sink.take(response) }
            let words = error.map { "\($0)" } ?? ""
            #expect(words.hasPrefix("\(StoredTables.id): "), "\(words)")
            #expect(words.contains("CRC-32"), "\(words)")
            #expect(!sink.isFinished)
        }
    }

    // MARK: One table

    @Test(
        "One table is a file with its own name and type",
        arguments: [
            (DumpFormat.csv, "text/csv; charset=utf-8; header=present"), (.ndjson, "application/x-ndjson"),
            (.json, "application/json"),
        ])
    func tables(format: DumpFormat, type: String) async throws {
        try await StoredTables.with(format) { subject in
            for (table, file) in zip(StoredTables.tables(format), ["Customers", "order%20items", "empty"]) {
                let response = try await subject.answer("\(table.name)").response(to: request())
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == type)
                let name = "\(file).\(format.rawValue)"
                #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(name)\"")
                #expect(response.headers[.contentLength] == "\(table.text.utf8.count)")
                #expect(response.headers[.eTag] == Self.tag("/\(file)"))
                let sink = try await Sink.taking(response)
                #expect(sink.bytes == Array(table.text.utf8))
                #expect(sink.isFinished)
            }
        }
    }

    @Test("A part of a table is counted from the table's beginning", arguments: [DumpFormat.csv, .ndjson, .json])
    func partOfTable(format: DumpFormat) async throws {
        try await StoredTables.with(format) { subject in
            let text = Array(StoredTables.tables(format)[1].text.utf8)
            let answer = try subject.answer("order items")
            let response = try await answer.response(to: request(.get, [.range: "bytes=2-5"]))
            #expect(response.status == .partialContent)
            #expect(response.headers[.contentRange] == "bytes 2-5/\(text.count)")
            #expect(try await Sink.taking(response).bytes == Array(text[2...5]))
        }
    }

    @Test("The case of ASCII letters does not matter, and the name is the table's own")
    func caseOfNames() async throws {
        try await StoredTables.with(.csv) { subject in
            let response = try await subject.answer("cUSTOMERS").response(to: request(.head))
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"Customers.csv\"")
            #expect(response.headers[.eTag] == Self.tag("/Customers"))
        }
    }

    @Test("A table that has an object is sent as it is stored to who takes that coding, one of a document never is")
    func codings() async throws {
        let headers: HTTPFields = [.acceptEncoding: "gzip"]
        try await StoredTables.with(.csv, compression: "gzip") { subject in
            var answer = try subject.answer("Customers")
            let coded = try await answer.response(to: request(.head, headers))
            #expect(coded.headers[.contentEncoding] == "gzip")
            #expect(coded.headers[.contentType] == "text/csv; charset=utf-8; header=present")
            #expect(coded.headers[.eTag] == Self.tag("/Customers;gzip"))
            #expect(coded.headers[.vary] == "Accept-Encoding")
            answer.isRaw = true
            let raw = try await answer.response(to: request(.head, headers))
            #expect(raw.headers[.contentEncoding] == nil)
            #expect(raw.headers[.contentType] == "application/gzip")
            #expect(raw.headers[.contentDisposition] == "attachment; filename=\"Customers.csv.gz\"")
        }
        try await StoredTables.with(.json, compression: "gzip") { subject in
            for isRaw in [false, true] {
                var answer = try subject.answer("Customers")
                answer.isRaw = isRaw
                let response = try await answer.response(to: request(.head, headers))
                #expect(response.headers[.contentEncoding] == nil)
                #expect(response.headers[.contentType] == "application/json")
                #expect(response.headers[.contentDisposition] == "attachment; filename=\"Customers.json\"")
            }
        }
    }

    @Test("A dump that is one file is sent as that file")
    func oneFile() async throws {
        try await StoredTables.with(.json) { subject in
            let response = try await subject.answer().response(to: request())
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(StoredTables.id).json\"")
            #expect(try await Sink.taking(response).bytes == Array(StoredTables.document.utf8))
        }
        try await StoredTables.with(.csv, tables: 1) { subject in
            let response = try await subject.answer().response(to: request())
            #expect(response.headers[.contentType] == "text/csv; charset=utf-8; header=present")
            #expect(response.headers[.contentDisposition] == "attachment; filename=\"\(StoredTables.id).csv\"")
            #expect(try await Sink.taking(response).bytes == Array(StoredTables.tables(.csv)[0].text.utf8))
        }
    }

    @Test("A table that the dump does not have is not found", arguments: [DumpFormat.csv, .ndjson, .json])
    func unknownTable(format: DumpFormat) async throws {
        try await StoredTables.with(format) { subject in
            for table in ["nobody", "", "order%20items", "Customers "] {
                let refusal = subject.refusal(table)
                #expect(refusal?.status == .notFound, "\(table)")
                #expect(refusal?.hint == "It has: Customers, order items, empty")
            }
        }
    }

    @Test("A table of a dump of SQL is refused, with the command that restores one")
    func tableOfSQL() async throws {
        try await StoredTables.with(.sql) { subject in
            let refusal = subject.refusal("Customers")
            #expect(refusal?.status == .unprocessableContent)
            #expect(refusal?.hint?.contains("nightjar restore \(StoredTables.id) --table 'Customers'") == true)
        }
    }
}
