import Foundation

/// StarbaseDB's and D1's own answers, after PROTOCOLS.md.
extension RemoteDouble {
    // MARK: StarbaseDB

    func starbaseDB(_ path: String, _ document: [String: Any]) -> R2Response {
        guard path == "/query" || path == "/query/raw" else { return .json(#"{"error":"Not found"}"#, status: 404) }
        guard let sql = document["sql"] as? String, !sql.isEmpty else {
            return .json(#"{"error":"Invalid or empty \"sql\" field."}"#, status: 400)
        }
        prepare(sql)
        do {
            let rows = try engine.query(sql, asObjects: path == "/query")
            guard path == "/query/raw" else {
                return .json(Array(#"{"result":["#.utf8) + rows.bytes + Array("]}".utf8))
            }
            // Without rows it does not say what columns there would have been.
            let columns = rows.count == 0 ? "[]" : Self.list(rows.columns)
            let head = #"{"result":{"columns":\#(columns),"rows":["#
            let tail = #"],"meta":{"rows_read":\#(rows.count),"rows_written":0}}}"#
            return .json(Array(head.utf8) + rows.bytes + Array(tail.utf8))
        } catch let refusal as RemoteRefusal {
            return Self.starbaseDBRefusal(refusal)
        } catch {
            return .json(#"{"error":\#(RemoteJSON.quoted("\(error)"))}"#, status: 500)
        }
    }

    static func starbaseDBRefusal(_ refusal: RemoteRefusal) -> R2Response {
        .json(#"{"error":\#(RemoteJSON.quoted(refusal.message))}"#, status: 500)
    }

    // MARK: D1

    func d1(_ path: String, _ document: [String: Any]) -> R2Response {
        let base = "/client/v4/accounts/\(Self.account)/d1/database/\(Self.databaseID)"
        guard path == "\(base)/raw" || path == "\(base)/query" else {
            return .json(Self.d1Error(7404, "The database could not be found"), status: 404)
        }
        guard let sql = document["sql"] as? String, !sql.isEmpty else {
            return .json(Self.d1Error(7400, "The request is malformed: No SQL statements detected."), status: 400)
        }
        prepare(sql)
        do {
            let isRaw = path.hasSuffix("/raw")
            let rows = try engine.query(sql, asObjects: !isRaw)
            var body = Array(#"{"success":true,"errors":[],"messages":[],"result":[{"success":true,"results":"#.utf8)
            body += (isRaw ? #"{"columns":\#(Self.list(rows.columns)),"rows":["# : "[").utf8
            body += rows.bytes
            body += (isRaw ? "]}" : "]").utf8
            body += #","meta":{"served_by":"v3-prod","duration":0.2,"rows_read":\#(rows.count),"#.utf8
            body += #""rows_written":0,"changes":0,"changed_db":false,"last_row_id":0,"size_after":4096}}]}"#.utf8
            return .json(body)
        } catch let refusal as RemoteRefusal {
            return Self.d1Refusal(refusal)
        } catch {
            return .json(Self.d1Error(7500, "\(error)"), status: 500)
        }
    }

    static func d1Refusal(_ refusal: RemoteRefusal) -> R2Response {
        .json(d1Error(7500, refusal.message), status: refusal.kind == .tooSlow ? 500 : 400)
    }

    static func d1Error(_ code: Int, _ message: String) -> String {
        let error = #"{"code":\#(code),"message":\#(RemoteJSON.quoted(message))}"#
        return #"{"success":false,"errors":[\#(error)],"messages":[],"result":[]}"#
    }

    private static func list(_ texts: [String]) -> String {
        "[\(texts.map { RemoteJSON.quoted($0) }.joined(separator: ","))]"
    }
}
