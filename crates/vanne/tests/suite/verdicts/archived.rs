//! Files that cross an air gap: neither side takes the other's word for who signed them.

use super::*;
use crate::archive::{export, import as take, isolated};
use crate::content::update_with;

#[tokio::test]
async fn what_is_withheld_is_not_exported_and_what_was_released_there_is_judged_again_here() {
    let (program, ranges) = (unsigned("crossing.exe"), MadeFile::of_size("crossing.psf", 30_000));
    let made = update_with("crossing both", &[program.clone(), ranges.clone()]);
    let paris = Site::new();
    {
        let _server = paris.serve();
        import(&paris, &made);
    }
    let disk = tempfile::tempdir().unwrap();
    let exported = export(&paris, disk.path(), &[]);
    assert_eq!(exported.archive.carries.files, 1, "what is withheld stays");

    let digest = program.sha256().to_string();
    assert_eq!(paris.run(&["content", "release", &digest, "--why", "looked at by Ada"]).code, 0);
    let disk = tempfile::tempdir().unwrap();
    assert_eq!(export(&paris, disk.path(), &[]).archive.carries.files, 2);

    let kerguelen = isolated(&paris);
    assert_eq!(take(&kerguelen, disk.path(), &[]).done.files, 2);
    let server = kerguelen.serve();
    assert_eq!(status_of(&server, &ranges, "psf").await, 200);
    assert_eq!(status(&server, &program).await, 404, "a release is for the server where it was said");
    assert!(withheld(&kerguelen).reason.starts_with("Unsigned: "));
}

async fn status_of(server: &ServerProcess, file: &MadeFile, extension: &str) -> u16 {
    get(&address(server.url(), &file.sha1(), extension), &[]).await.status.as_u16()
}
