/// The migrations this program was built with, by number: SHA-256 of each file. A folder with other files is refused, so
/// that a program never runs on a schema it doesn't know. A test holds this table equal to `Migrations/`.
enum LandedMigrations {
    static let sha256: [Int: String] = [
        1: "12f9ed61e04eddc7c7722e7b0da7bad0b116ae0c7b578c9c70a789cb3480b284",  // access
        2: "976ced6172eba30ee50ab8ccb09ce542f56afce7392a4d4786e14d63f7f4bdfc",  // journal
        3: "f9c81321b2dd0ca907cd04554e11188ce38581a853f977c9f45400d2786912d3",  // editorial
        4: "074e8f9c92cd9e5cec46016fb8c7e27b766426ad5eb3e12e326d525781b4aa72",  // fundraising
        5: "d9170c02395b4442928f96ceca4640d282dda85a2b8f34ee944826a6be4f0308",  // audience
    ]
}
