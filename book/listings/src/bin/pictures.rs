//! Makes the pictures and the steppers' graphs anew: `cargo run -p listings --bin pictures`.

use listings::files;

fn main() -> std::io::Result<()> {
    for (path, text) in files::made() {
        if files::write(&path, &text)? {
            println!("{}", path.display());
        }
    }
    Ok(())
}
