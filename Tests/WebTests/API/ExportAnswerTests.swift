import Appliance
import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import Testing

@testable import Web

@Suite("What is said of an export") struct ExportAnswerTests {
    private static let begin = Timestamp(seconds: 1_710_506_096)
    private static let url = "https://backups.example.org/export/dump/download/dump_20240315-123456.sql"

    private func status(
        _ state: ExportState, totalRows: Int64? = nil, rows: Int64 = 0, failure: RunFailure? = nil
    ) -> ExportStatus {
        let end = state == .queued || state == .running ? nil : Timestamp(seconds: Self.begin.seconds + 604)
        let export = ExportRecord(
            id: BackupID(time: Self.begin), database: "shop", store: "disk", run: 1, format: .sql, includesSchema: true,
            chunkRows: 1000, verify: .checksum, requester: "admin", state: state, createdAt: Self.begin,
            finishedAt: end, expiresAt: end, totalRows: totalRows, rows: rows, dumpBytes: 1_048_576, storedBytes: 1,
            failure: failure)
        return ExportStatus(export, beganAt: Self.begin, now: Timestamp(seconds: Self.begin.seconds + 151))
    }

    private func json(_ status: ExportStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let answer = ExportAnswer.StatusJSON(status, downloadURL: Self.url)
        return String(decoding: try encoder.encode(answer), as: UTF8.self)
    }

    @Test("How far it is, as the proposal prints it")
    func processing() throws {
        #expect(
            try json(status(.running, totalRows: 1_000_000, rows: 250_000)) == """
                {"progress":{"estimatedCompletion":"2024-03-15T12:45:00Z","percentComplete":25,"processedRows":250000,\
                "startedAt":"2024-03-15T12:34:56Z","totalRows":1000000},"status":"processing"}
                """)
    }

    @Test("Zeros while it waits", arguments: [ExportState.queued, .running])
    func waiting(state: ExportState) throws {
        #expect(
            try json(status(state)) == """
                {"progress":{"estimatedCompletion":null,"percentComplete":0,"processedRows":0,\
                "startedAt":"2024-03-15T12:34:56Z","totalRows":0},"status":"processing"}
                """)
    }

    @Test("Where its file is, when it is completed")
    func completed() throws {
        #expect(
            try json(status(.completed, totalRows: 10, rows: 10)) == """
                {"completedAt":"2024-03-15T12:45:00Z","downloadUrl":"\(Self.url)","format":"sql",\
                "progress":{"estimatedCompletion":"2024-03-15T12:45:00Z","percentComplete":100,"processedRows":10,\
                "startedAt":"2024-03-15T12:34:56Z","totalRows":10},"size":1048576,"status":"completed"}
                """)
    }

    @Test("Why it failed; one that somebody ended has failed, too")
    func failed() throws {
        let failure = RunFailure(code: .busy, message: "shop.db is locked", hint: "Try again.")
        #expect(try json(status(.failed, failure: failure)).contains(#""error":"shop.db is locked""#))
        #expect(try json(status(.failed, failure: failure)).contains(#""status":"failed""#))
        #expect(try json(status(.cancelled)).contains(#""error":"cancelled""#))
        #expect(try json(status(.cancelled)).contains(#""status":"failed""#))
    }

    @Test("Why there is no file")
    func absence() {
        #expect(ExportAnswer.absence(of: status(.running)).status == .conflict)
        #expect(ExportAnswer.absence(of: status(.queued)).status == .conflict)
        #expect(ExportAnswer.absence(of: status(.expired)).status == .gone)
        #expect(ExportAnswer.absence(of: status(.cancelled)).status == .gone)
        #expect(ExportAnswer.absence(of: status(.failed)).status == .gone)
        #expect(ExportAnswer.absence(of: status(.expired)).message.contains("2024-03-15T12:45:00Z"))
    }

    @Test(
        "Why whoever waits for the file does not get it",
        arguments: [
            (.unreachable, 502), (.busy, 503), (.cancelled, 503), (.missing, 500), (.io, 500),
        ] as [(FailureCode, Int)])
    func failure(code: FailureCode, answer: Int) {
        let error = ExportAnswer.failure(of: status(.failed, failure: RunFailure(code: code, message: "no")))
        #expect(error.status.code == answer)
        #expect(error.message == "the export dump_20240315-123456 failed: no")
        #expect(ExportAnswer.failure(of: status(.cancelled)).status == .serviceUnavailable)
    }

    @Test("That it was accepted, as both proposals print it")
    func accepted() throws {
        let response = try ExportAnswer.accepted(status(.queued))
        #expect(response.status == .accepted)
        #expect(response.headers[.location] == "/export/dump/status/dump_20240315-123456")
        #expect(response.headers[.contentType] == "application/json")
    }
}
