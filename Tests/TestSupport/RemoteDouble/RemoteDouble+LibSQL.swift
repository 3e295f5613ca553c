import Foundation

/// libSQL's own answers: Hrana over HTTP, after PROTOCOLS.md
/// (<https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md>).
extension RemoteDouble {
    /// - Parameter failing: What statements end with instead of being run.
    func libSQL(_ path: String, _ document: [String: Any], failing: RemoteRefusal?) -> R2Response {
        guard path == "/v2/pipeline" else { return .json(#"{"error":"Not found"}"#, status: 404) }
        guard let requests = document["requests"] as? [[String: Any]] else {
            return Self.plain("JSON parse error: missing field `requests`")
        }
        do {
            let baton = try engine.openStream(document["baton"] as? String)
            var isOpen = true
            var results: [[UInt8]] = []
            for request in requests {
                guard isOpen else { return Self.plain("The stream has been closed") }
                let type = request["type"] as? String ?? ""
                switch type {
                case "execute": results.append(try execute(request, on: baton, failing: failing))
                case "close":
                    engine.closeStream(baton)
                    isOpen = false
                    results.append(Array(#"{"type":"ok","response":{"type":"close"}}"#.utf8))
                default: return Self.plain("JSON parse error: unknown variant `\(type)`")
                }
            }
            let next = isOpen ? #""\#(baton)""# : "null"
            var body = Array(#"{"baton":\#(next),"base_url":null,"results":["#.utf8)
            body += results.joined(separator: [UInt8(ascii: ",")])
            body += "]}".utf8
            return .json(body)
        } catch RemoteEngine.StreamTrouble.expired {
            return .json(
                #"{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}"#, status: 400)
        } catch RemoteEngine.StreamTrouble.unknownBaton {
            return Self.plain("Received an invalid baton")
        } catch {
            return .json(#"{"error":\#(RemoteJSON.quoted("\(error)"))}"#, status: 500)
        }
    }

    private func execute(
        _ request: [String: Any], on baton: String, failing: RemoteRefusal?
    ) throws -> [UInt8] {
        if let failing { return Array(Self.libSQLError(failing).utf8) }
        guard let statement = request["stmt"] as? [String: Any], let sql = statement["sql"] as? String else {
            return Array(
                Self.libSQLError(RemoteRefusal(kind: .statement, message: "no SQL in the statement")).utf8)
        }
        prepare(sql)
        do {
            let rows = try engine.query(sql, on: baton)
            let columns = rows.columns.map { #"{"name":\#(RemoteJSON.quoted($0)),"decltype":null}"# }
            let list = columns.joined(separator: ",")
            let head = #"{"type":"ok","response":{"type":"execute","result":{"cols":[\#(list)],"rows":["#
            let tail =
                #"],"affected_row_count":0,"last_insert_rowid":null,"replication_index":null,"#
                + #""rows_read":\#(rows.count),"rows_written":0,"query_duration_ms":0.1}}}"#
            return Array(head.utf8) + rows.bytes + Array(tail.utf8)
        } catch let refusal as RemoteRefusal {
            return Array(Self.libSQLError(refusal).utf8)
        }
    }

    static func libSQLError(_ refusal: RemoteRefusal) -> String {
        let words: (message: String, code: String) =
            switch refusal.kind {
            case .tooLarge: ("Response is too large", "RESPONSE_TOO_LARGE")
            case .locked: ("SQLite error: \(refusal.message)", "SQLITE_BUSY")
            case .tooSlow: ("SQLite error: \(refusal.message)", "SQLITE_INTERRUPT")
            case .statement: ("SQLite error: \(refusal.message)", "SQLITE_UNKNOWN")
            }
        return #"{"type":"error","error":{"message":\#(RemoteJSON.quoted(words.message)),"code":"\#(words.code)"}}"#
    }

    private static func plain(_ text: String) -> R2Response {
        R2Response(status: 400, fields: [(name: "Content-Type", value: "text/plain")], body: Array(text.utf8))
    }
}
