/// What a shell has to know to ask podrun itself. `podrun __complete` answers with lines `CANDIDATE[TAB MEANING]`, and
/// `:files` where the shell's own files are meant too. Nothing follows a candidate that ends with one of `= : / .` at once.
enum CompletionScript: String, CaseIterable {
    case bash, zsh, fish

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    /// bash cuts words at `=` and `:` too: they are put together again, and what bash already has is cut off the answers.
    private static let bashText = #"""
        # bash completion for podrun: source <(podrun completion bash)
        _podrun() {
            local rest=${COMP_LINE:0:COMP_POINT} words=() trimmed word current kept line files=
            local -i i
            for ((i = 0; i <= COMP_CWORD; i++)); do
                trimmed=${rest#"${rest%%[![:space:]]*}"}
                word=${COMP_WORDS[i]}
                ((i < COMP_CWORD)) || word=$trimmed
                if ((i > 0)) && [[ $trimmed == "$rest" ]]; then words[-1]+=$word; else words+=("$word"); fi
                rest=${trimmed#"$word"}
            done
            current=${words[-1]}
            kept=${current%"${current##*[=:]}"}
            COMPREPLY=()
            while IFS= read -r line; do
                if [[ $line == :files ]]; then files=yes; else COMPREPLY+=("${line%%$'\t'*}"); fi
            done < <(podrun __complete "${words[@]:1}" 2>/dev/null)
            if [[ $files && ${#COMPREPLY[@]} == 0 ]]; then
                compopt -o default
                return
            fi
            if [[ $files ]]; then
                while IFS= read -r line; do
                    if [[ -d $line ]]; then COMPREPLY+=("$line/"); else COMPREPLY+=("$line"); fi
                done < <(compgen -f -- "$current")
            fi
            COMPREPLY=("${COMPREPLY[@]#"$kept"}")
            if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:/.] ]]; then compopt -o nospace; fi
        }
        complete -F _podrun podrun

        """#

    private static let zshText = #"""
        #compdef podrun
        # zsh completion for podrun: source <(podrun completion zsh), or this as _podrun in a directory of $fpath
        _podrun() {
            local -a before closed open
            local line entry files= result=1
            ((CURRENT > 2)) && before=("${(@Q)words[2,CURRENT-1]}")
            for line in "${(@f)$(podrun __complete "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
                [[ -n $line ]] || continue
                if [[ $line == :files ]]; then files=yes; continue; fi
                entry=${${line%%$'\t'*}//:/\\:}
                [[ $line == *$'\t'* ]] && entry+=:${line#*$'\t'}
                if [[ ${line%%$'\t'*} == *[=:/.] ]]; then open+=("$entry"); else closed+=("$entry"); fi
            done
            (($#closed)) && _describe podrun closed && result=0
            (($#open)) && _describe podrun open -S '' && result=0
            if [[ -n $files ]]; then
                [[ $PREFIX == --*=* ]] && compset -P '*='
                _files && result=0
            fi
            return result
        }
        if [[ ${funcstack[1]} == _podrun ]]; then _podrun "$@"; else compdef _podrun podrun; fi

        """#

    private static let fishText = #"""
        # fish completion for podrun: podrun completion fish | source
        function __podrun_complete
            set -l words (commandline -opc)
            set -l typed "$(commandline -ct)"
            for line in (podrun __complete $words[2..] "$typed" 2>/dev/null)
                if test "$line" = :files
                    set -l kept (string match -r -- '^--[^=]*=' "$typed")
                    for path in (__fish_complete_path (string replace -- "$kept" '' "$typed"))
                        printf '%s\n' "$kept$path"
                    end
                else
                    printf '%s\n' $line
                end
            end
        end
        complete -c podrun -f -a '(__podrun_complete)'

        """#
}
