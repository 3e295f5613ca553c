import Model

/// What a backup's manifest says of it.
struct ManifestView {
    let objects: [ObjectRow]
    let tables: [TableRow]
    /// `42 tables, 2,051,331 rows`
    let tableSum: String
    /// `CSV`
    let formatWords: String
    /// Whether each table can be had by itself, by this viewer.
    let offersTables: Bool
    let facts: [FactView]
    let hasNotes: Bool
    let notes: [String]

    struct ObjectRow {
        let key: String
        let stored: String
        let dump: String
        let parts: String
        let etag: String?
    }

    struct TableRow {
        let table: String
        let count: String
        let digest: String
        /// The table by itself; nil where that is not offered.
        let tableFile: TableFile?
    }

    struct TableFile {
        let tablePath: String
        let tableSize: String
    }

    init(_ manifest: Manifest, mayDownload: Bool) {
        let format = manifest.options.format
        let offersTables = mayDownload && !format.canHoldSchema
        self.offersTables = offersTables
        formatWords = format.words
        objects = manifest.objects.map { object in
            ObjectRow(
                key: object.key, stored: SizeText.format(object.size), dump: SizeText.format(object.uncompressedSize),
                parts: CountText.format(Int64(object.parts.count)), etag: object.etag)
        }
        tables = manifest.tables.map { table in
            TableRow(
                table: table.name.description, count: CountText.format(table.rows),
                digest: table.expectedDigest.description,
                tableFile: offersTables ? Self.file(table, of: manifest) : nil)
        }
        tableSum =
            CountText.format(Int64(manifest.tables.count), "table") + ", " + CountText.format(manifest.rows, "row")
        let source = manifest.source
        let level = manifest.options.compressionLevel.map { ", level \($0)" } ?? ""
        facts = [
            FactView("Source", Self.words(source)),
            FactView("Schema", Self.schema(manifest)),
            FactView("Compression", manifest.options.compression + level),
            FactView("Made by", manifest.tool),
        ]
        notes = manifest.notes + manifest.excluded.map { "Left out: \($0.name) (exclude: \($0.pattern))." }
        hasNotes = !notes.isEmpty
    }

    private static func file(_ table: Manifest.TableRecord, of manifest: Manifest) -> TableFile? {
        // With an object of its own comes what stands before its rows, too.
        let size =
            manifest.options.format.hasObjectPerTable
            ? manifest.object(of: table).uncompressedSize : table.range.length
        return PathText.download(ofBackup: manifest.id, table: table.name).map { path in
            TableFile(tablePath: path, tableSize: SizeText.format(size))
        }
    }

    /// `SQLite 3.40.1, UTF-8, 79,512 pages of 4.0 KiB, journal wal, user_version 17`
    private static func words(_ source: Manifest.SourceFacts) -> String {
        let pages = "\(CountText.format(source.pageCount)) pages of \(SizeText.format(Int64(source.pageSize)))"
        let facts: [String?] = [
            source.engineWords, source.encoding, pages, source.journalWords, "user_version \(source.userVersion)",
        ]
        return facts.compactMap { $0 }.joined(separator: ", ")
    }

    /// `42 tables, 3 views, 61 indexes`
    private static func schema(_ manifest: Manifest) -> String {
        let kinds = [("table", "table"), ("view", "view"), ("index", "index"), ("trigger", "trigger")]
        let counts = kinds.compactMap { type, noun -> String? in
            let count = manifest.schema.count(where: { $0.type == type })
            if count == 0 { return nil }
            return noun == "index" && count != 1 ? "\(count) indexes" : CountText.format(Int64(count), noun)
        }
        return counts.isEmpty ? "empty" : counts.joined(separator: ", ")
    }

    /// `manifest`
    static let template = """
        <section>
        <h2 id="objects-title">Objects in the store</h2>
        <div class="scroll" role="region" aria-labelledby="objects-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Object</th><th scope="col" class="number">Stored</th>\
        <th scope="col" class="number">Dump</th><th scope="col" class="number">Parts</th><th scope="col">ETag</th></tr></thead>
        <tbody>
        {{#objects}}
        <tr><th scope="row"><code>{{key}}</code></th><td class="number">{{stored}}</td><td class="number">{{dump}}</td>\
        <td class="number">{{parts}}</td><td>{{#etag}}<code>{{.}}</code>{{/etag}}</td></tr>
        {{/objects}}
        </tbody>
        </table>
        </div>
        {{>facts}}
        {{#hasNotes}}
        <ul class="notes" id="notes" aria-label="Notes">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
        {{/hasNotes}}
        </section>
        <section>
        <h2 id="tables-title">Tables</h2>
        <div class="scroll" role="region" aria-labelledby="tables-title" tabindex="0">
        <table class="names">
        <caption>{{tableSum}}</caption>
        <thead><tr><th scope="col">Table</th><th scope="col" class="number">Rows</th>\
        {{#offersTables}}<th scope="col" class="number">Download</th>{{/offersTables}}<th scope="col">Digest</th></tr></thead>
        <tbody>
        {{#tables}}
        <tr><th scope="row"><code>{{table}}</code></th><td class="number">{{count}}</td>\
        {{#offersTables}}<td class="number">{{#tableFile}}<a href="{{tablePath}}" download>{{formatWords}}\
        <span class="unseen"> of {{table}}</span></a> <span class="quiet">{{tableSize}}</span>{{/tableFile}}</td>\
        {{/offersTables}}<td><code>{{digest}}</code></td></tr>
        {{/tables}}
        </tbody>
        </table>
        </div>
        </section>
        """
}
