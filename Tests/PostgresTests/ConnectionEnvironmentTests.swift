import Postgres
import Testing

struct ConnectionEnvironmentTests {
    @Test func anAddressBecomesTheVariablesThatLibpqReads() throws {
        #expect(
            try ConnectionEnvironment.variables(
                of: "postgresql://app:s%20cret@db.example.org:5433/masthead?sslmode=require")
                == [
                    "PGHOST": "db.example.org", "PGPORT": "5433", "PGUSER": "app", "PGPASSWORD": "s cret",
                    "PGDATABASE": "masthead", "PGSSLMODE": "require",
                ])
        #expect(
            try ConnectionEnvironment.variables(of: "host=/run/x dbname=masthead")
                == ["PGHOST": "/run/x", "PGDATABASE": "masthead"])
    }

    @Test func anAddressThatIsNoneIsRefusedWithoutBeingQuoted() {
        #expect {
            try ConnectionEnvironment.variables(of: "passwort geheim")
        } throws: { error in
            !"\(error)".contains("geheim")
        }
    }
}
