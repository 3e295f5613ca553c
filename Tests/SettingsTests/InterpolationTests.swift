import Settings
import Testing

@Suite("Variables in a configuration")
struct InterpolationTests {
    private static let environment = ["NAME": "shop", "EMPTY": "", "_X1": "y"]

    @Test(
        "are replaced anywhere in a value",
        arguments: [
            ("/srv/${NAME}.db", "/srv/shop.db"), ("/${NAME}/${_X1}", "/shop/y"), ("/a${EMPTY}b", "/ab"),
            ("/${NAME:-other}", "/shop"), ("/${NOT_SET:-other}", "/other"), ("/${EMPTY:-other}", "/other"),
            ("/a${NOT_SET:-}b", "/ab"), ("/$${NAME}", "/${NAME}"), ("/a$b$", "/a$b$"), ("/$$", "/$"),
            ("/${NOT_SET:-a:-b}", "/a:-b"),
        ])
    func replaced(written: String, expected: String) throws {
        let found = try configuration("databases: {a: {sqlite: \"\(written)\"}}", environment: Self.environment)
        #expect(found.databases.first?.sqlitePath == expected)
    }

    @Test("may make up numbers, durations and names of stores")
    func typed() throws {
        let yaml = "databases:\n  a:\n    sqlite: /a\n    chunk_rows: ${ROWS}\n    store: ${STORE:-local}\n"
        let found = try configuration(yaml, environment: ["ROWS": "7"]).databases.first
        #expect(found?.chunkRows == 7)
        #expect(found?.storeName == "local")
    }

    @Test("that cannot be replaced are complaints")
    func complaintsOnly() throws {
        let yaml = """
            databases:
              a: {sqlite: "${NOT_SET}/${NEITHER}"}
              b: {sqlite: "${9}"}
              c: {sqlite: "${NAME"}
              d: {sqlite: "${NOT_SET:-${NAME}}"}
              e: {sqlite: "${EMPTY}"}
              f: {sqlite: "${NAME-x}"}
            """
        let dollar = "a dollar that is meant is written `$$`"
        let malformed = "`sqlite`: what stands between `${` and `}` is not a variable's name"
        #expect(
            try complaints(about: yaml, environment: Self.environment) == [
                "2:15: `sqlite`: the environment variable `NEITHER` is not set"
                    + " — set it, or write `${NEITHER:-default}`; \(dollar)",
                "2:15: `sqlite`: the environment variable `NOT_SET` is not set"
                    + " — set it, or write `${NOT_SET:-default}`; \(dollar)",
                "3:15: \(malformed) — write `${NAME}` or `${NAME:-default}`; \(dollar)",
                "4:15: `sqlite`: `${` without a closing brace — \(dollar)",
                "5:15: `sqlite`: the default of a variable cannot hold another `${…}`",
                "6:15: `sqlite`: expected a path, but `${EMPTY}` is empty",
                "7:15: \(malformed) — write `${NAME}` or `${NAME:-default}`; \(dollar)",
            ])
    }
}
