//! Scripts that name the home of their user.

use super::read_script;

#[test]
fn a_home_that_nobody_has_told_of_is_lacking() -> Result<(), String> {
    let line = |text: &str| read_script(text, false).map(|script| script.lacks_home);
    assert_eq!(line("a\nmkdir -p ~/.config\n")?, Some(2));
    assert_eq!(line("HOME=/x\ncd ~")?, None);
    assert_eq!(line("if a; then cd ~; fi")?, None);
    assert_eq!(line("a\ncd \"$HOME\"\nb")?, Some(2));
    assert_eq!(line("cd ${HOME}/x")?, Some(1));
    assert_eq!(line("cd")?, Some(1));
    assert_eq!(line("pushd")?, None);
    assert_eq!(line("a \"$HOME\"; cd \"/x/$HOME\"")?, None);
    assert_eq!(line("HOME=/x\ncd \"$HOME\"; cd")?, None);
    assert_eq!(line("cd \"${HOME:-/x}\"")?, None);
    assert_eq!(line("echo '~/x' ~web/x")?, None);
    Ok(())
}
