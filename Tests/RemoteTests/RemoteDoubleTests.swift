import Foundation
import HTTPClient
import Model
import SQLite
import TestSupport
import Testing

/// The double loses and refuses what the services do: what comes through it comes through them.
@Suite("The double of the remote services", .timeLimit(.minutes(30)))
struct RemoteDoubleTests {
    private struct Sender {
        let double: RemoteDouble
        let client: HTTPClient

        func post(_ path: String, _ body: String, token: String? = nil) async throws -> (status: Int, text: String) {
            var headers = HTTPHeaders()
            headers.add("Authorization", "Bearer \(token ?? double.token)")
            let answer = try await client.send(
                HTTPRequest(
                    method: "POST", url: "http://127.0.0.1:\(double.port)\(path)", headers: headers,
                    body: .bytes(Array(body.utf8))),
                maximumBody: 1 << 20)
            return (answer.status, String(decoding: answer.body, as: UTF8.self))
        }

        var path: String {
            switch double.service {
            case .starbasedb: "/query/raw"
            case .d1: "/client/v4/accounts/\(RemoteDouble.account)/d1/database/\(RemoteDouble.databaseID)/raw"
            case .libsql: "/v2/pipeline"
            }
        }

        /// Puts one statement without quotes in it to the service.
        func query(_ sql: String) async throws -> (status: Int, text: String) {
            try await post(path, double.service == .libsql ? pipeline(sql) : "{\"sql\":\"\(sql)\",\"params\":[]}")
        }

        func pipeline(_ sql: String, baton: String? = nil) -> String {
            let baton = baton.map { "\"\($0)\"" } ?? "null"
            return "{\"baton\":\(baton),\"requests\":[{\"type\":\"execute\",\"stmt\":{\"sql\":\"\(sql)\"}}]}"
        }
    }

    private func withSender(
        _ service: RemoteService, answerBytes: Int? = nil, _ body: (RemoteDouble, Sender) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                PRAGMA journal_mode = WAL; CREATE TABLE t(a, b, c, d, e);
                INSERT INTO t VALUES (9007199254740993, x'00FF', 9e999, 'x"' || char(10) || 'é', 0.1);
                """)
            try await withRemoteDouble(service, database: database.path, answerBytes: answerBytes) { double in
                let client = try HTTPClient()
                defer { client.shutdown() }
                try await body(double, Sender(double: double, client: client))
            }
        }
    }

    @Test(
        "loses what the service's JSON loses",
        arguments: zip(
            RemoteService.allCases,
            [
                #""rows":[[9007199254740992,{},null,"x\"\né",0.1]]"#,
                #""rows":[[9007199254740992,[0,255],null,"x\"\né",0.1]]"#,
                #"[[{"type":"integer","value":"9007199254740993"},{"type":"blob","base64":"AP8"},"#,
            ]))
    func losses(_ service: RemoteService, _ words: String) async throws {
        try await withSender(service) { _, sender in
            let answer = try await sender.query("SELECT * FROM t")
            #expect(answer.status == 200)
            #expect(answer.text.contains(words), "\(answer.text)")
        }
    }

    @Test("StarbaseDB does not name the columns of no rows, and keeps one of two columns with one name")
    func columns() async throws {
        try await withSender(.starbasedb) { _, sender in
            let none = try await sender.query("SELECT a FROM t WHERE 0")
            #expect(none.text.contains(#""columns":[],"rows":[]"#))
            let twice = try await sender.post("/query", #"{"sql":"SELECT 1 AS a, 2 AS a"}"#)
            #expect(twice.text == #"{"result":[{"a":2}]}"#)
        }
    }

    @Test("a wrong token is 400 for StarbaseDB and 401 for the others", arguments: RemoteService.allCases)
    func tokens(_ service: RemoteService) async throws {
        try await withSender(service) { double, sender in
            let answer = try await sender.post(sender.path, "{}", token: "another")
            #expect(answer.status == (service == .starbasedb ? 400 : 401))
            #expect(double.statements.isEmpty)
        }
    }

    @Test(
        "refuses what Cloudflare refuses",
        arguments: [
            "BEGIN", "SAVEPOINT a", "PRAGMA user_version", "SELECT * FROM pragma_encoding", "SELECT sqlite_version()",
            "SELECT * FROM _cf_KV", "PRAGMA table_info('_cf_KV')", "VACUUM",
            "SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6",
            "SELECT " + Array(repeating: "1", count: 101).joined(separator: ","),
            "SELECT " + Array(repeating: "1", count: 50_001).joined(separator: "+"),
            "SELECT " + Array(repeating: "a", count: 102).joined(separator: "+") + " FROM t",
        ])
    func refusals(_ sql: String) async throws {
        try await withSender(.d1) { _, sender in
            let answer = try await sender.query(sql)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(answer.text.hasPrefix(#"{"success":false,"errors":[{"code":7500,"#))
        }
    }

    @Test("a baton is good once, and its stream sees one state")
    func batons() async throws {
        try await withSender(.libsql, answerBytes: 100) { double, sender in
            let opened = try await sender.query("BEGIN READONLY")
            let first = try baton(opened.text)
            let counted = try await sender.post(sender.path, sender.pipeline("SELECT count(*) FROM t", baton: first))
            #expect(counted.text.contains(#"[[{"type":"integer","value":"1"}]]"#))
            double.before({ _ in true }) { database in try database.execute("DELETE FROM t") }
            let second = try baton(counted.text)
            let again = try await sender.post(sender.path, sender.pipeline("SELECT count(*) FROM t", baton: second))
            #expect(again.text.contains(#"[[{"type":"integer","value":"1"}]]"#))
            let used = try await sender.post(sender.path, sender.pipeline("SELECT 1", baton: first))
            #expect(used.status == 400)
            #expect(used.text == "Received an invalid baton")
            let large = try await sender.query("SELECT hex(zeroblob(100))")
            #expect(large.text.contains("RESPONSE_TOO_LARGE"))
            double.inject(.expireStreams)
            let expired = try await sender.post(
                sender.path, sender.pipeline("SELECT 1", baton: try baton(again.text)))
            #expect(expired.status == 400)
            #expect(expired.text.contains("STREAM_EXPIRED"))
        }
    }

    private func baton(_ text: String) throws -> String {
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(document?["baton"] as? String)
    }

    @Test("StarbaseDB writes down each statement")
    func log() async throws {
        try await withSender(.starbasedb) { _, sender in
            _ = try await sender.query("SELECT 1")
            let answer = try await sender.query("SELECT sql_statement FROM tmp_query_log")
            #expect(answer.text.contains(#""rows":[["SELECT 1"]]"#))
        }
    }
}
